// Three worker threads with a name, one of them busy; and at SIGUSR2 one that ends at once.
const { Worker } = require('node:worker_threads');

const BUSY = `
function rebuildPrices() {
  const until = performance.now() + 80;
  while (performance.now() < until);
}
setInterval(rebuildPrices, 81);`;

for (const [name, script] of [
  ['prices', BUSY],
  ['mail', 'setInterval(() => {}, 1000)'],
  ['search', "require('node:worker_threads').parentPort.on('message', () => process.exit())"],
]) {
  const worker = new Worker(script, { eval: true, name });
  if (name === 'search') process.once('SIGUSR2', () => worker.postMessage('end'));
}
const server = require('node:http').createServer((request, response) => {
  if (request.url === '/for-a-while') for (const until = Date.now() + 8000; Date.now() < until;);
  response.end();
});
server.listen(0, () => console.log(`ready ${server.address().port}`));
