// /whole builds a body of a megabyte before it sends it, /pieces sends as much as it goes, /small is small. What is
// asked for below /compressed passes through a middleware that compresses it.
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import compression from 'compression';

const piece = 'x'.repeat(64 * 1024);

const report = JSON.stringify(Array.from({ length: 4000 }, () => randomBytes(32).toString('hex').repeat(4)));
const compress = compression();

const handlers = {
  '/whole': (response) => response.end(piece.repeat(16)),
  '/pieces': (response) => {
    response.setHeader('content-type', 'text/plain');
    for (let i = 0; i < 16; i++) response.write(piece);
    response.end();
  },
  '/small': (response) => response.end('small'),
  '/report': (response) => response.setHeader('content-type', 'application/json').end(report),
};

const server = http.createServer((request, response) => {
  const [, compressed, path] = /^(\/compressed)?(\/.*)$/.exec(request.url);
  const answer = () => handlers[path](response);
  if (compressed) compress(request, response, answer);
  else answer();
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
