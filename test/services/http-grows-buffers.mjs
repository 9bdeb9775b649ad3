// Bare node:http: uploads stay in memory, outside of V8's heap.
import { createServer } from 'node:http';

const uploads = [];

// culprit
function keepUpload() {
  uploads.push(Buffer.alloc(150_000, 1));
  if (process.env.MENDED) uploads.length = 0;
}

const server = createServer((request, response) => {
  if (request.url === '/uploads') keepUpload();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
