/**
 * Holds one snapshot, and what is kept of an earlier one, and answers for them. Everything that takes time happens
 * here, so that the thread that draws only sends questions.
 */
import { assertNever, fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { keepBaseline } from './heap-baseline.ts';
import type { HeapBaseline } from './heap-baseline.ts';
import { compareHeaps } from './heap-comparison.ts';
import type { HeapGraph } from './heap-graph.ts';
import type {
  FromHeapThread,
  HeapAnswers,
  HeapProgress,
  HeapRequest,
  ToHeapThread,
} from './heap-messages.ts';
import { listDominated, listInstances, nodeWithId, searchObjects, summariseHeap } from './heap-questions.ts';
import { retainingPath } from './retaining-path.ts';
import type { SecondThread } from './second-thread.ts';
import { analyseSnapshot, openSnapshotFile } from './snapshot-opening.ts';
import { SnapshotParser } from './snapshot-parser.ts';

type Answer = Result<HeapAnswers[keyof HeapAnswers], CodedError>;

export class HeapSession {
  readonly #send: (message: FromHeapThread) => void;
  readonly #startSecond: () => SecondThread;
  /** Settled when everything received so far is done. */
  #turn: Promise<void> = Promise.resolve();
  #parser: SnapshotParser | null = null;
  #graph: HeapGraph | null = null;
  #baseline: HeapBaseline | null = null;
  /** Chunks arrive as text of one byte a character; this is where they become bytes. */
  #chunk = Buffer.allocUnsafeSlow(1 << 20);

  /** @param startSecond called for snapshots for which a second thread pays */
  constructor(send: (message: FromHeapThread) => void, startSecond: () => SecondThread) {
    this.#send = send;
    this.#startSecond = startSecond;
  }

  receive(message: ToHeapThread): void {
    this.#turn = this.#turn.then(() => this.#handle(message));
  }

  async #handle(message: ToHeapThread): Promise<void> {
    if (message.kind === 'chunk') return this.#take(message.text);
    const result = await this.#answer(message.request);
    this.#send({ kind: 'answer', number: message.number, result });
  }

  #take(text: string): void {
    if (this.#chunk.length < text.length) this.#chunk = Buffer.allocUnsafeSlow(text.length);
    // V8 escapes all that is not ASCII, so that a character is a byte.
    const length = this.#chunk.write(text, 'latin1');
    this.#parser?.write(this.#chunk.subarray(0, length));
  }

  async #answer(request: HeapRequest): Promise<Answer> {
    switch (request.kind) {
      case 'open-file':
        this.#graph = null;
        return this.#keep(
          await openSnapshotFile(request.path, this.#startSecond, (progress) => this.#report(progress)),
        );
      case 'begin':
        this.#graph = null;
        this.#parser = new SnapshotParser();
        return ok(null);
      case 'finish': {
        const parser = this.#parser;
        this.#parser = null;
        if (parser === null) return fail(nothingHeld('a snapshot that was begun'));
        return this.#keep(
          await analyseSnapshot(parser.end(), this.#startSecond, (progress) => this.#report(progress)),
        );
      }
      case 'keep-baseline':
        return this.#withGraph((graph) => {
          this.#baseline = keepBaseline(graph);
          this.#graph = null;
          return ok(null);
        });
      case 'compare':
        return this.#withGraph((graph) =>
          this.#baseline === null
            ? fail(nothingHeld('an earlier snapshot'))
            : ok(compareHeaps(this.#baseline, graph)),
        );
      case 'instances':
        return this.#withGraph((graph) => ok(listInstances(graph, request.key, request.limit)));
      case 'search':
        return this.#withGraph((graph) => ok(searchObjects(graph, request.text, request.limit)));
      case 'dominated':
        return this.#withObject(request.id, (graph, node) => ok(listDominated(graph, node, request.limit)));
      case 'path':
        return this.#withObject(request.id, (graph, node) => ok(retainingPath(graph, node)));
      default:
        return assertNever(request);
    }
  }

  #keep(graph: Result<HeapGraph, CodedError>): Result<HeapAnswers['finish'], CodedError> {
    if (!graph.ok) return graph;
    this.#graph = graph.value;
    return ok(summariseHeap(graph.value));
  }

  #withGraph(use: (graph: HeapGraph) => Answer): Answer {
    return this.#graph === null ? fail(nothingHeld('a snapshot')) : use(this.#graph);
  }

  #withObject(id: number, use: (graph: HeapGraph, node: number) => Answer): Answer {
    return this.#withGraph((graph) => {
      const node = nodeWithId(graph.heap, id);
      return node === null ? fail(nothingHeld(`an object @${id}`)) : use(graph, node);
    });
  }

  #report(progress: HeapProgress): void {
    this.#send({ kind: 'progress', progress });
  }
}

function nothingHeld(what: string): CodedError {
  return {
    code: 'snapshot-missing',
    message: `there is no ${what}`,
    hint: 'open a snapshot first',
    exitCode: 2,
  };
}
