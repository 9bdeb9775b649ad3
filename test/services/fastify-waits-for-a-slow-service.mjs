// Fastify 5: the same with the built-in fetch.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import Fastify from 'fastify';

const upstream = fork(join(import.meta.dirname, 'upstream.mjs'), [process.env.MENDED ? '2' : '600']);
const [port] = await once(upstream, 'message');

// culprit
async function fetchRate() {
  const answer = await fetch(`http://127.0.0.1:${port}/rates/eur`);
  return answer.json();
}

const app = Fastify();
app.get('/quotes/:currency', fetchRate);
app.get('/health', async () => ({ ok: true }));

await app.listen({ port: 0, host: '127.0.0.1' });
console.log('ready', app.server.address().port);
