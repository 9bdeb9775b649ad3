// A primary with two workers, one of them busy; /crash ends a worker with code 3, and another takes its place.
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  cluster.setupPrimary({ inspectPort: 0 });
  cluster.on('exit', () => cluster.fork());
  cluster.fork({ BUSY: 'yes' });
  cluster.fork();
  cluster.once('listening', (_worker, { port }) => {
    console.log(`ready ${port}`);
  });
} else {
  if (process.env.BUSY)
    setInterval(() => {
      const end = Date.now() + 40;
      while (Date.now() < end);
    }, 50);
  http
    .createServer((request, response) => {
      response.end('served');
      if (request.url === '/crash') process.exit(3);
    })
    .listen(0, '127.0.0.1');
}
