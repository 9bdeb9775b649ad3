/** Entry point of the heap thread, and of its second thread: bundled as `dist/heap-worker.mjs`. */
import { parentPort, workerData } from 'node:worker_threads';
import { HeapSession } from './heap-session.ts';
import type { ToHeapThread } from './heap-messages.ts';
import { performTask } from './second-tasks.ts';
import { SECOND, SecondThread } from './second-thread.ts';
import type { SecondTask } from './second-thread.ts';

const port = parentPort!;
if (workerData === SECOND) {
  port.on('message', (task: SecondTask) => port.postMessage(performTask(task)));
} else {
  const session = new HeapSession(
    (message) => port.postMessage(message),
    () => new SecondThread(new URL(import.meta.url)),
  );
  port.on('message', (message: ToHeapThread) => session.receive(message));
}
