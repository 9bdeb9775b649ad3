// A cluster that sends each client address to the same worker: behind one proxy that is one worker for all.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';

const WORKERS = 3;

function answer(_request, response) {
  let page = 0;
  for (let round = 0; round < 600_000; round++) page = (page * 31 + round) % 1_000_003;
  response.end(String(page));
}

if (cluster.isPrimary) {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  if (process.env.MENDED) {
    workers[0].on('message', ({ port }) => console.log('ready', port));
  } else {
    const front = createSocketServer({ pauseOnConnect: true }, (socket) => {
      const digits = Number(socket.remoteAddress.replaceAll(/\D/g, ''));
      workers[digits % WORKERS].send('connection', socket);
    });
    // A socket sent to a worker that does not listen to its messages yet would be lost.
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    front.listen(0, '127.0.0.1', () => console.log('ready', front.address().port));
  }
} else {
  const server = createServer(answer);
  process.on('message', (_message, socket) => {
    if (socket === undefined) return;
    server.emit('connection', socket);
    socket.resume();
  });
  if (process.env.MENDED) server.listen(0, '127.0.0.1', () => process.send(server.address()));
  else process.send('up');
  process.on('disconnect', () => process.exit(0));
}
