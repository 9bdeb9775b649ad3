// A service of the peers' benchmark: `hello`, `express` or `allocating`. Prints `ready PORT PID`, and answers /pause with
// the longest time that its event loop stood still since that was asked before.
const http = require('node:http');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const services = {
  hello: () => (_request, response) => response.end('hello world'),
  express() {
    const app = require('express')();
    const items = Array.from({ length: 20 }, (_, i) => ({ name: `item ${i}`, price: i * 1.5, count: i }));
    app.get('/', (_request, response) => {
      const order = JSON.parse(JSON.stringify({ items }));
      response.json({ total: order.items.reduce((sum, item) => sum + item.price * item.count, 0), ...order });
    });
    return app;
  },
  allocating: () => (_request, response) => {
    const rows = Array.from({ length: 2000 }, (_, id) => ({ id, name: `row ${id}`, tags: [id, id + 1] }));
    response.end(String(rows.filter(({ tags }) => tags[1] % 2 === 0).length));
  },
};

const [name, tool] = process.argv.slice(2);
if (tool === 'blocked-at') {
  const { join } = require('node:path');
  require(join(__dirname, '../../node_modules/.cache/bench-peers/node_modules/blocked-at'))(() => {});
}
const RESOLUTION_MS = 5;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

function answerPause(response) {
  // Each value is a whole interval of the timer that measures.
  const pauseMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
  delays.reset();
  response.end(String(pauseMs));
}

const answer = services[name]();
const server = http.createServer((request, response) => {
  if (request.url === '/pause') answerPause(response);
  else answer(request, response);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port} ${process.pid}`);
});
