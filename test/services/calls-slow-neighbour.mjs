// /http and /fetch wait 80 ms for a neighbour; /broken calls one that is not there.
import http from 'node:http';
import { once } from 'node:events';

const neighbour = http.createServer((_request, response) => setTimeout(() => response.end('late'), 80));
neighbour.listen(0, '127.0.0.1');
await once(neighbour, 'listening');
const url = `http://127.0.0.1:${neighbour.address().port}/`;

const handlers = {
  '/http': async () => {
    const [answer] = await once(http.get(url), 'response');
    answer.resume();
    await once(answer, 'end');
  },
  '/fetch': async () => (await fetch(url)).text(),
  '/broken': () => fetch('http://127.0.0.1:2/'),
};

const server = http.createServer((request, response) => {
  handlers[request.url]().then(
    () => response.end('done'),
    () => response.writeHead(502).end(),
  );
});
server.listen(0, '127.0.0.1', () =>
  console.log(`neighbour ${neighbour.address().port} ready ${server.address().port}`),
);
