// A worker thread is never idle: the requests that ask it for something wait, while the main thread has nothing to do.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const REST_MS = process.env.MENDED ? 4000 : 1;

let sum = 0;

// culprit
function rebuildPrices() {
  const until = performance.now() + 1000;
  while (performance.now() < until) sum += Math.sqrt(sum + 1);
}

if (isMainThread) {
  const prices = new Worker(fileURLToPath(import.meta.url), { name: 'prices' });
  const waiting = [];
  prices.on('message', (answer) => waiting.shift().end(JSON.stringify(answer)));
  const server = createServer((request, response) => {
    waiting.push(response);
    prices.postMessage(request.url);
  });
  server.listen(0, () => console.log(`ready ${server.address().port}`));
} else {
  parentPort.on('message', (path) => parentPort.postMessage({ path, sum }));
  setInterval(rebuildPrices, REST_MS);
}
