// A worker thread, a forked child and a cluster worker: each says what it was started with, and ends.
const cluster = require('node:cluster');
const { fork } = require('node:child_process');
const { isMainThread, Worker } = require('node:worker_threads');

const say = (who) =>
  console.log(who, JSON.stringify(process.execArgv), (process.env.NODE_OPTIONS ?? '').split('=')[0]);

if (!isMainThread) say('thread');
else if (process.argv[2] === 'child') say('child');
else if (cluster.isWorker) {
  say('cluster worker');
  process.disconnect();
} else {
  const thread = new Worker(__filename);
  thread.on('error', (error) => console.log(error.message));
  fork(__filename, ['child']);
  cluster.fork();
}
