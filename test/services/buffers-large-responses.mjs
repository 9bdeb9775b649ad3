// Bare node:http: a download is built whole in memory.
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

const line = 'one line of a long export\n'.repeat(1_000);
const LINES = 600;

function* lines() {
  for (let n = 0; n < LINES; n++) yield line;
}

// culprit
function sendExport(response) {
  const parts = [...lines()];
  response.end(Buffer.from(parts.join('')));
}

const server = createServer((request, response) => {
  if (request.url !== '/export') response.end('ok');
  else if (process.env.MENDED) Readable.from(lines()).pipe(response);
  else sendExport(response);
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
