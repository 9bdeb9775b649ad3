// /whole builds a body of a megabyte before it sends it, /pieces sends as much as it goes, /small is small.
import http from 'node:http';

const piece = 'x'.repeat(64 * 1024);

const handlers = {
  '/whole': (response) => response.end(piece.repeat(16)),
  '/pieces': (response) => {
    response.setHeader('content-length', piece.length * 16);
    for (let i = 0; i < 16; i++) response.write(piece);
    response.end();
  },
  '/small': (response) => response.end('small'),
};

const server = http.createServer((request, response) => handlers[request.url](response));
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
