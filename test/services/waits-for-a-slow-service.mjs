// Bare node:http: the loop is free, and a route is slow because the service behind it is.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { join } from 'node:path';

const upstream = fork(join(import.meta.dirname, 'upstream.mjs'), [process.env.MENDED ? '2' : '600']);
const [port] = await once(upstream, 'message');

// culprit
function fetchRate(done) {
  get({ host: '127.0.0.1', port, path: '/rates/eur' }, (answer) => answer.resume().on('end', done));
}

const server = createServer((request, response) => {
  if (request.url === '/quotes') fetchRate(() => response.end('quote'));
  else response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
