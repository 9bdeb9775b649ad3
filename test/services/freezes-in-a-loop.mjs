// A handler that never gives the event loop back.
import { createServer } from 'node:http';

// culprit
function spinForever() {
  let turns = 0;
  for (;;) turns++;
}

const server = createServer((request, response) => {
  if (request.url === '/spin') spinForever();
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('ready', server.address().port));
