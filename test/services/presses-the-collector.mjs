// Bare node:http: every request copies a large tree, and a window of the copies lives just long enough to be moved.
import { createServer } from 'node:http';

const width = process.env.MENDED ? 20 : 30_000;
const recent = [];

// culprit
function copyTree() {
  const copy = Array.from({ length: width }, (_, id) => ({ id, left: { id }, right: { id } }));
  recent.push(copy);
  if (recent.length > 12) recent.shift();
  return copy.length;
}

const server = createServer((request, response) => {
  response.end(request.url === '/trees' ? String(copyTree()) : 'ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
