/**
 * The worker threads of the service: how busy each one's loop is, its heap, and where it is when it is busy. Asked
 * once a second, also while the main thread computes. No profiler runs in them: it would look through their heaps.
 */
import { evaluateWithModules } from '../inspector/builtin-modules.ts';
import { watchWorkerThreads } from '../inspector/worker-threads.ts';
import type { WorkerThread, WorkerThreadWatch } from '../inspector/worker-threads.ts';
import type { ThreadsEvent } from '../model/timeline-event.ts';
import { THREAD_EXPRESSION, THREAD_HEAP_LIMIT_EXPRESSION } from '../probes/thread-probe.ts';
import type { WireThread } from '../probes/thread-probe.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createCpuStacks } from './cpu-stacks.ts';
import type { CpuStacks } from './cpu-stacks.ts';
import { createPauses } from './pauses.ts';
import type { SourceLocator } from './source-locator.ts';
import { hottestOf } from './thread-stacks.ts';

type ThreadState = ThreadsEvent['threads'][number];

const READ_EVERY_MS = 1000;
/** A round trip takes 43 ms; what needs longer is told as silent, and its answer counts when it comes. */
const ANSWERS_WITHIN_MS = 300;
/** From here on it is worth knowing where it is. */
const BUSY_UTILIZATION = 0.5;
/** 6 questions a second for each busy thread: with 16 of them 1 % of the main thread, which carries the messages. */
const ASK_EVERY_MS = 160;
/** Of the main thread, for a question to a worker and its answer. */
const QUESTION_COST_MS = 0.1;
/** A native call may hold an answer back for as long as it likes. */
const NO_DEADLINE_MS = 2 ** 31 - 1;

export function createThreadsCollector(context: CollectorContext, locator: SourceLocator): Collector {
  const { attachment, clock, emit } = context;
  const pauses = createPauses();
  const followed = new Map<WorkerThread, FollowedThread>();
  let watch: WorkerThreadWatch | null = null;
  let running: Promise<void> = Promise.resolve();
  let questions = 0;

  const gap = (reason: string): void =>
    emit({ kind: 'gap', atMs: clock.monotonicMs(), signal: 'threads', reason, lost: null });

  const follow = (threads: readonly WorkerThread[]): readonly FollowedThread[] => {
    for (const [thread, each] of followed) {
      if (threads.includes(thread)) continue;
      each.stop();
      followed.delete(thread);
    }
    return threads.map((thread) => {
      const known = followed.get(thread) ?? new FollowedThread(thread, context, () => questions++);
      followed.set(thread, known);
      return known;
    });
  };

  const read = async (sinceMs: number): Promise<number> => {
    const hadAny = followed.size > 0;
    const threads = follow(watch?.threads() ?? []);
    const answers = Promise.all(threads.map((thread) => thread.ask()));
    await Promise.race([answers, pauses.pause(ANSWERS_WITHIN_MS)]);
    const atMs = clock.monotonicMs();
    const states = await Promise.all(threads.map((thread) => thread.read(sinceMs, atMs, locator)));
    if (states.length > 0 || hadAny) {
      const windowMs = atMs - sinceMs;
      emit({ kind: 'threads', atMs, windowMs, threads: states });
      const mainThreadMs = questions * QUESTION_COST_MS;
      emit({
        kind: 'own-cost',
        atMs,
        windowMs,
        mainThreadMs,
        longestPauseMs: QUESTION_COST_MS,
        what: 'asking worker threads',
      });
      questions = 0;
    }
    return atMs;
  };

  const run = async (): Promise<void> => {
    watch = await watchWorkerThreads(attachment.session, (reason) => gap(`worker threads: ${reason}`));
    let sinceMs = clock.monotonicMs();
    while (!pauses.ended && !attachment.session.closed) {
      sinceMs = await read(sinceMs);
      await pauses.pause(READ_EVERY_MS);
    }
  };

  return {
    name: 'threads',
    start() {
      running = run();
      return Promise.resolve();
    },
    async stop() {
      pauses.end();
      await running;
      follow([]);
      await watch?.stop();
    },
  };
}

const isWireThread = (value: unknown): value is WireThread =>
  Array.isArray(value) && value.length === 5 && value.every((each) => each === null || Number.isFinite(each));

class FollowedThread {
  readonly #thread: WorkerThread;
  readonly #context: CollectorContext;
  readonly #countQuestion: () => void;
  readonly #stacks: CpuStacks;
  #asking: Promise<void> | null = null;
  #askedMs = 0;
  #heapLimitBytes: number | null = null;
  #before: WireThread | null = null;
  #now: WireThread | null = null;

  constructor(thread: WorkerThread, context: CollectorContext, countQuestion: () => void) {
    this.#thread = thread;
    this.#context = context;
    this.#countQuestion = countQuestion;
    this.#stacks = createCpuStacks(thread.session, context.clock, ASK_EVERY_MS, {
      // Their cost to the main thread is told with that of all questions.
      onCost: () => {},
    });
    void this.#askHeapLimit();
  }

  /** Asks again once the last question has been answered; resolves with the answer. */
  ask(): Promise<void> {
    if (this.#asking === null) {
      this.#askedMs = this.#context.clock.monotonicMs();
      this.#asking = this.#ask();
    }
    return this.#asking;
  }

  async read(sinceMs: number, atMs: number, locator: SourceLocator): Promise<ThreadState> {
    const { id, name } = this.#thread;
    const answered = this.#asking === null;
    const figures = this.#figures();
    const isBusy = !answered || (figures.utilization ?? 0) >= BUSY_UTILIZATION;
    if (isBusy) this.#stacks.takeFor(READ_EVERY_MS + ANSWERS_WITHIN_MS);
    const taken = this.#stacks.since(sinceMs);
    for (let i = 0; i < taken.length; i++) this.#countQuestion();
    return {
      id,
      name,
      ...figures,
      heapUsedBytes: this.#now?.[3] ?? null,
      heapLimitBytes: this.#heapLimitBytes,
      silentMs: answered ? 0 : atMs - this.#askedMs,
      hottest: await hottestOf(taken, locator, ASK_EVERY_MS),
    };
  }

  stop(): void {
    this.#stacks.stop();
  }

  async #ask(): Promise<void> {
    this.#countQuestion();
    const options = { timeoutMs: NO_DEADLINE_MS };
    const answer = await this.#thread.session.evaluate<WireThread>(THREAD_EXPRESSION, options);
    this.#asking = null;
    if (!answer.ok || !isWireThread(answer.value)) return;
    this.#before = this.#now;
    this.#now = answer.value;
  }

  /** Between the last two answers. */
  #figures(): Pick<ThreadState, 'utilization' | 'cpuPercent'> {
    const [before, now] = [this.#before, this.#now];
    if (before === null || now === null) return { utilization: null, cpuPercent: null };
    const [windowMs, idleMs, activeMs] = [now[0] - before[0], now[1] - before[1], now[2] - before[2]];
    return {
      utilization: idleMs + activeMs > 0 ? Math.min(1, activeMs / (idleMs + activeMs)) : null,
      cpuPercent:
        now[4] === null || before[4] === null || windowMs <= 0
          ? null
          : ((now[4] - before[4]) / windowMs) * 100,
    };
  }

  async #askHeapLimit(): Promise<void> {
    const answer = await evaluateWithModules<number>(this.#thread.session, THREAD_HEAP_LIMIT_EXPRESSION);
    if (answer.ok && typeof answer.value === 'number') this.#heapLimitBytes = answer.value;
  }
}
