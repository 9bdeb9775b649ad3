// The two services of the overhead benchmark. Prints its port, then `ready`.
const http = require('node:http');

const services = {
  // The hardest case: next to nothing is done for a request, so what loopscope does shows most.
  hello() {
    return http.createServer((request, response) => {
      response.setHeader('content-length', 11);
      response.end('hello world');
    });
  },
  express() {
    const express = require('express');
    const app = express();
    app.use(express.json());
    app.post('/orders/:id', (request, response) => {
      const { items } = request.body;
      const total = items.reduce((sum, item) => sum + item.price * item.count, 0);
      response.json({ id: request.params.id, total, items });
    });
    return http.createServer(app);
  },
};

const server = services[process.argv[2]]().listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port}`);
});
// The load's connections stay open while the other service has its turn.
server.keepAliveTimeout = 600_000;
