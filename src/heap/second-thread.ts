/**
 * A second thread beside the one that holds the snapshot, while it is read and analysed: half of the work does not
 * need the other half's results. The columns are in shared memory; nothing is copied.
 */
import { Worker } from 'node:worker_threads';
import type { NodeSurvey } from './node-survey.ts';
import type { HeapColumns, LocationColumns } from './snapshot-columns.ts';
import type { SnapshotHead } from './snapshot-parser.ts';
import type { StringColumns } from './string-table.ts';

/** What of a snapshot crosses over: all but the methods of its strings. */
export type SentHeap = Omit<HeapColumns, 'strings'> & { readonly strings: StringColumns };

/** What the second thread needs to read from among the edges to the end. */
export interface SecondHalf {
  readonly path: string;
  readonly head: SnapshotHead;
  readonly from: number;
  readonly size: number;
}

/** How many edges the half has, and what comes after them. */
export interface SecondHalfRead {
  readonly edges: number;
  readonly strings: StringColumns;
  readonly locations: LocationColumns;
}

export type SecondTask =
  | { readonly kind: 'read-half'; readonly half: SecondHalf }
  | { readonly kind: 'survey'; readonly heap: SentHeap };

export interface SecondAnswers {
  'read-half': SecondHalfRead | null;
  survey: NodeSurvey;
}

/** Nearly all that the thread makes is in columns: what V8 would set aside for young objects is 12 MB more. */
const FEW_OBJECTS = { maxYoungGenerationSizeMb: 4 };

export class SecondThread {
  readonly #worker: Worker;

  /** @param program what `performTask` runs in */
  constructor(program: URL) {
    this.#worker = new Worker(program, { workerData: SECOND, resourceLimits: FEW_OBJECTS });
  }

  /**
   * One task at a time. Rejects when the thread has ended: mostly for lack of memory, and then there is none for the
   * thread that asks either.
   */
  ask<T extends SecondTask>(task: T): Promise<SecondAnswers[T['kind']]> {
    return new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The worker data by which the program knows that it is the second thread. */
export const SECOND = 'second';
