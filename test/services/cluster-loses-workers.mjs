// A cluster whose workers die of an exception now and then, and are started again.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

if (cluster.isPrimary) {
  let announced = false;
  for (let worker = 0; worker < 2; worker++) cluster.fork();
  cluster.on('exit', () => cluster.fork());
  cluster.on('listening', (_worker, { port }) => {
    if (!announced) console.log('ready', port);
    announced = true;
  });
} else {
  let served = 0;
  createServer((_request, response) => {
    response.end('ok');
    served++;
    if (served > 20 && !process.env.MENDED) throw new Error('cannot read properties of undefined');
  }).listen(0, '127.0.0.1');
  process.on('disconnect', () => process.exit(0));
  // The exception is the fault under test; its text would only fill the test's output.
  process.on('uncaughtException', () => process.exit(7));
}
