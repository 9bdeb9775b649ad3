// Bare node:http: no request blocks for long, but one process has more of them than one core can carry.
import { createServer } from 'node:http';

const rounds = process.env.MENDED ? 5_000 : 400_000;

// culprit
function renderPage(seed) {
  let page = seed;
  for (let round = 0; round < rounds; round++) page = (page * 31 + round) % 1_000_003;
  return page;
}

const server = createServer((request, response) => {
  response.end(String(renderPage(request.url.length)));
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
