// Bare node:http: an order is accepted at once, and its index is rebuilt on the event loop afterwards.
import { createServer } from 'node:http';

const rounds = process.env.MENDED ? 2_000 : 4_000_000;
let index = 0;

// culprit
function rebuildIndex() {
  for (let round = 0; round < rounds; round++) index = (index * 31 + round) % 1_000_003;
}

const server = createServer((request, response) => {
  response.end('accepted');
  if (request.url === '/orders') setTimeout(rebuildIndex, 3);
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
