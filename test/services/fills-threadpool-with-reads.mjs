// Bare node:http: large reads, all at once.
import { open, read } from 'node:fs';
import { createServer } from 'node:http';

const size = process.env.MENDED ? 4_096 : 60_000_000;
const chunk = Buffer.alloc(size);

// culprit
function scanArchive(archive, done) {
  let left = 6;
  for (let part = 0; part < 6; part++) read(archive, chunk, 0, size, 0, () => --left === 0 && done());
}

open(process.execPath, (_error, archive) => {
  const server = createServer((request, response) => {
    if (request.url === '/scan') scanArchive(archive, () => response.end('scanned'));
    else response.end('ok');
  }).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
});
