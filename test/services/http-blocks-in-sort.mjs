// Bare node:http: a large list is sorted for every request.
import { createServer } from 'node:http';

const count = process.env.MENDED ? 50 : 250_000;
const names = Array.from({ length: count }, (_, id) => `name ${(id * 7_919) % count}`);

// culprit
function rankNames() {
  return [...names].sort()[0];
}

const server = createServer((request, response) => {
  response.end(request.url === '/ranking' ? rankNames() : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
