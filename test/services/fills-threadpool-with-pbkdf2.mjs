// Bare node:http: asynchronous key derivation, more of it than the thread pool can do.
import { pbkdf2 } from 'node:crypto';
import { createServer } from 'node:http';

const iterations = process.env.MENDED ? 1_000 : 200_000;

// culprit
function deriveKey(done) {
  pbkdf2('secret', 'salt', iterations, 64, 'sha512', done);
}

const server = createServer((request, response) => {
  if (request.url === '/signup') deriveKey((_error, key) => response.end(key.toString('hex')));
  else response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
