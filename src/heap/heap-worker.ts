/** Entry point of the heap thread: bundled as `dist/heap-worker.mjs`. */
import { parentPort } from 'node:worker_threads';
import { HeapSession } from './heap-session.ts';
import type { ToHeapThread } from './heap-messages.ts';

const port = parentPort!;
const session = new HeapSession((message) => port.postMessage(message));
port.on('message', (message: ToHeapThread) => session.receive(message));
