// Fastify 5: every request adds a listener that holds on to what it closed over.
import { EventEmitter } from 'node:events';
import Fastify from 'fastify';

const prices = new EventEmitter().setMaxListeners(0);

// culprit
function watchPrices() {
  const history = Array.from({ length: 2_000 }, (_, day) => day * 1.5);
  const listener = (price) => history.push(price);
  prices.on('price', listener);
  if (process.env.MENDED) prices.off('price', listener);
}

const app = Fastify();
app.get('/prices/:product', async () => {
  watchPrices();
  return { listeners: prices.listenerCount('price') };
});
app.get('/health', async () => ({ ok: true }));

await app.listen({ port: 0, host: '127.0.0.1' });
console.log('ready', app.server.address().port);
