// A primary with three workers that share one debug port; two block in the same function. Who ends is replaced.
const cluster = require('node:cluster');
const http = require('node:http');

const WORKERS = 3;

function blockTogether() {
  const end = Date.now() + 150;
  while (Date.now() < end);
}

if (cluster.isPrimary) {
  cluster.setupPrimary({ inspectPort: () => process.debugPort });
  let listening = 0;
  cluster.on('listening', () => {
    if (++listening === WORKERS)
      console.log(
        'ready',
        Object.values(cluster.workers)
          .map(({ process: { pid } }) => pid)
          .join(' '),
      );
  });
  const start = (role) => cluster.fork({ ROLE: role }).on('exit', () => start(role));
  for (const role of ['blocks', 'blocks', process.env.THIRD ?? 'idles']) start(role);
} else {
  if (process.env.ROLE === 'blocks') setInterval(blockTogether, 400);
  if (process.env.ROLE === 'handles') process.on('SIGUSR1', () => console.log('its own handler ran'));
  http.createServer((_request, response) => response.end('served')).listen(0, '127.0.0.1');
}
