// Bare node:http: an agent with two sockets for a service that needs ten.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { join } from 'node:path';

const upstream = fork(join(import.meta.dirname, 'upstream.mjs'), ['100']);
const [port] = await once(upstream, 'message');
const agent = new Agent({ keepAlive: true, maxSockets: process.env.MENDED ? 50 : 2 });

// culprit
function fetchRate(done) {
  get({ host: '127.0.0.1', port, path: '/rates/eur', agent }, (answer) => answer.resume().on('end', done));
}

const server = createServer((request, response) => {
  if (request.url === '/quotes') fetchRate(() => response.end('quote'));
  else response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
