/** The heap thread as the rest of the program sees it: questions in, promises out. */
import { Worker } from 'node:worker_threads';
import { fail } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type {
  FromHeapThread,
  HeapAnswers,
  HeapProgress,
  HeapRequest,
  ToHeapThread,
} from './heap-messages.ts';

/** Beside this file once bundled. Tests, which run the sources, hand over a bundle of their own. */
const BUNDLED_WORKER = new URL('./heap-worker.mjs', import.meta.url);

type Settle = (result: Result<never, CodedError>) => void;

export class HeapThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Settle>();
  #lastNumber = 0;
  #ended: CodedError | null = null;
  /** Called while a snapshot is read and analysed. */
  onProgress: (progress: HeapProgress) => void = () => {};

  constructor(worker: URL = BUNDLED_WORKER) {
    this.#worker = new Worker(worker);
    this.#worker.on('message', (message: FromHeapThread) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#end(outOfMemory(cause)));
    this.#worker.on('exit', () => this.#end(threadClosed()));
  }

  /** Asks; answers come in the order of the questions. Never rejects. */
  ask<R extends HeapRequest>(request: R): Promise<Result<HeapAnswers[R['kind']], CodedError>> {
    if (this.#ended !== null) return Promise.resolve(fail(this.#ended));
    const number = ++this.#lastNumber;
    return new Promise((resolve) => {
      this.#pending.set(number, resolve);
      this.#post({ kind: 'request', number, request });
    });
  }

  /** Hands on a chunk of a live snapshot, between `begin` and `finish`. */
  feed(text: string): void {
    if (this.#ended === null) this.#post({ kind: 'chunk', text });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToHeapThread): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromHeapThread): void {
    if (message.kind === 'progress') {
      this.onProgress(message.progress);
      return;
    }
    const settle = this.#pending.get(message.number);
    this.#pending.delete(message.number);
    // The request says which of the answers it is, and it was sent with this number.
    settle?.(message.result as Result<never, CodedError>);
  }

  #end(error: CodedError): void {
    this.#ended ??= error;
    for (const settle of this.#pending.values()) settle(fail(this.#ended));
    this.#pending.clear();
  }
}

function outOfMemory(cause: Error): CodedError {
  return {
    code: 'heap-analysis-failed',
    message: `the snapshot could not be analysed: ${cause.message}`,
    hint: 'this machine may have too little memory for it',
    exitCode: 2,
  };
}

function threadClosed(): CodedError {
  return {
    code: 'heap-analysis-ended',
    message: 'the analysis was ended',
    hint: 'start it again',
    exitCode: 2,
  };
}
