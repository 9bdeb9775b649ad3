/** A snapshot that V8 wrote, of the small heap of a worker: some megabytes. */
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';

export async function workerSnapshot(): Promise<Buffer> {
  const program = 'globalThis.kept = [new Map([["ключ", { a: "\\n" }]])]; setInterval(() => {}, 1000)';
  const worker = new Worker(program, { eval: true });
  await once(worker, 'online');
  const json = await buffer(await worker.getHeapSnapshot());
  await worker.terminate();
  return json;
}
