// A cluster whose workers die of an exception now and then, and are started again.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';

if (cluster.isPrimary) {
  let announced = false;
  // A port of its own choice would be another one after both workers have died.
  const port = await freePort();
  for (let worker = 0; worker < 2; worker++) cluster.fork({ PORT: port });
  cluster.on('exit', () => cluster.fork({ PORT: port }));
  cluster.on('listening', () => {
    if (!announced) console.log('ready', port);
    announced = true;
  });
} else {
  let served = 0;
  createServer((_request, response) => {
    response.end('ok');
    served++;
    if (served > 20 && !process.env.MENDED) throw new Error('cannot read properties of undefined');
  }).listen(Number(process.env.PORT), '127.0.0.1');
  process.on('disconnect', () => process.exit(0));
  // The exception is the fault under test; its text would only fill the test's output.
  process.on('uncaughtException', () => process.exit(7));
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}
