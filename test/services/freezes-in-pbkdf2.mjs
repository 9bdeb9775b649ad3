// A native call of some ten seconds: no JavaScript runs in it, so nothing can interrupt it.
import { pbkdf2Sync } from 'node:crypto';
import { createServer } from 'node:http';

const probe = performance.now();
pbkdf2Sync('secret', 'salt', 100_000, 64, 'sha512');
const iterations = Math.round((100_000 * 10_000) / (performance.now() - probe));

// culprit
function deriveMasterKey() {
  return pbkdf2Sync('secret', 'salt', iterations, 64, 'sha512').toString('hex');
}

const server = createServer((request, response) => {
  response.end(request.url === '/master-key' ? deriveMasterKey() : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
