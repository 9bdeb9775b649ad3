// Bare node:http: a cache without an end.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const sessions = new Map();

// culprit
function rememberSession() {
  const cart = Array.from({ length: 500 }, (_, line) => ({ line, note: `line ${line}` }));
  sessions.set(process.env.MENDED ? 'the only one' : randomUUID(), cart);
}

const server = createServer((request, response) => {
  if (request.url === '/sessions') rememberSession();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
