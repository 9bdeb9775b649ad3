// A worker thread is never idle: what is posted to it waits, while the main thread and its requests are well.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const REST_MS = process.env.MENDED ? 400 : 1;

// culprit
function rebuildPrices() {
  const until = performance.now() + 100;
  let sum = 0;
  while (performance.now() < until) sum += Math.sqrt(sum + 1);
  return sum;
}

if (isMainThread) {
  const prices = new Worker(fileURLToPath(import.meta.url), { name: 'prices' });
  prices.on('message', () => {});
  const server = createServer((request, response) => response.end('{}'));
  server.listen(0, () => console.log(`ready ${server.address().port}`));
} else {
  setInterval(() => parentPort.postMessage(rebuildPrices()), REST_MS);
}
