// A service of the peers' benchmark: `hello`, `express` or `allocating`. Prints `ready PORT PID`.
const http = require('node:http');

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
const server = http.createServer(services[name]()).listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port} ${process.pid}`);
});
