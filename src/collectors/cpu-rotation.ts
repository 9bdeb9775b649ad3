/**
 * CPU profiles without gaps between them.
 *
 *   attach            cut              cut              stop
 *   profile("1") ── profile("2") ── profile("3") ──
 *                   profileEnd("1")  profileEnd("2")   profileEnd("3"), Profiler.disable
 *
 * Starting a profiler makes V8 tell it all code that is loaded: 10 to 570 ms in which the service stands still.
 * While another profile runs this falls away, so the next one is started before the last one ends. `console.profile`
 * and `console.profileEnd` are the inspector's own, and print nothing. Where a service has replaced them, the
 * command-line API has them, too; that is asked for only then, because on Node 18 and 20 it can kill a service.
 */
import type { Clock } from '../shared/clock.ts';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import { sayCallFailure } from '../inspector/inspector-connection.ts';
import { evaluateWithCommandLine } from '../inspector/builtin-modules.ts';
import type { CallFailure, CallOptions, InspectorSession } from '../inspector/session.ts';
import { ownScript } from '../probes/extension.ts';
import { captureStack } from '../probes/in-service/capture-stack.ts';
import type { WireCpuProfile } from './cpu-samples.ts';

export interface CpuRotationHandlers {
  readonly onProfile: (profile: WireCpuProfile) => void;
  /** Time that a change of profiles took on the service's main thread, on the service's clock. */
  readonly onPause: (pause: { readonly startMs: number; readonly endMs: number }) => void;
  /** A profile was lost; where the profiler can be started again, it is. */
  readonly onFailure: (reason: string) => void;
}

export interface CpuRotation {
  start(): Promise<void>;
  /** Ends the current window soon, so that what happened in it can be told. */
  cut(): void;
  stop(): Promise<void>;
}

/** No regular expression: nothing of ours may run one inside a service. */
const CONSOLE_IS_NATIVE = `['profile', 'profileEnd'].every((name) => {
  const method = console[name];
  if (typeof method !== 'function' || method.name !== name) return false;
  return Function.prototype.toString.call(method).endsWith('{ [native code] }');
})`;

/**
 * V8 before 12.7 (Node 18, 20 and 22) tells a profiler that starts of the code that there is under a lock, and works
 * out meanwhile on which lines scripts end. That allocates, and a collection that is due then asks for the same lock:
 * the main thread waits for itself, for ever (crbug.com/41497149, nodejs/node#65140; seen on Node 20). So what is due
 * comes first: the lines of this script take as many bytes, in the same space, as V8 asks for under the lock, and
 * more than fit beside other objects (128 KB). Where nothing is due it is a tenth of a millisecond.
 */
const DUE_COLLECTION_FIRST = `(() => {
  const inner = () => (${captureStack.toString()})(inner);
  const middle = () => inner();
  middle();
})(); ${'\n'.repeat(20_000)}`;

/** A cut costs 1 to 40 ms of the service's time and its profile up to 1 MB: every 5 s is under 1%. */
const CUT_EVERY_MS = 5000;
/** Stalls can come in crowds: at most one extra cut in this time. */
const CUT_AT_MOST_EVERY_MS = 1000;
/** A native call may hold the loop for minutes, and the cut waits for it: it is not lost, only late. */
const ANSWER_WITHIN_MS = 30 * 60_000;
/** From here on a question asked after a change tells whether its answer is late or lost. */
const DOUBTED_AFTER_MS = 10_000;
/** Cuts in a row that may throw before the profiler is started again. */
const MOST_FAILED_CUTS = 5;
/** To start again costs the pause of a first start: after a second, and each time after twice as long. */
const RESTART_AFTER_MS = 1000;
const RESTART_AT_LEAST_EVERY_MS = 30_000;
/** How long leaving waits for a service that does not answer. Closing the connection ends the profiles, too. */
const LEAVE_WITHIN_MS = 2000;

/**
 * @param prefix of the names of our profiles; must differ between all sessions on one service, because each
 *   hears of the other's
 */
export function createCpuRotation(
  session: InspectorSession,
  clock: Clock,
  prefix: string,
  samplingIntervalUs: number,
  handlers: CpuRotationHandlers,
): CpuRotation {
  return new Rotation(session, clock, prefix, samplingIntervalUs, handlers);
}

interface ConsoleProfileFinished {
  readonly title?: string;
  readonly profile: WireCpuProfile;
}

/** When a command began and ended, on the service's clock. */
type Times = readonly [startMs: number, endMs: number];

/** What came of a command: when it began and ended on the service's clock. */
type Changed = Result<unknown, CallFailure>;

class Rotation implements CpuRotation {
  readonly #session: InspectorSession;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #samplingIntervalUs: number;
  readonly #handlers: CpuRotationHandlers;
  readonly #removeListeners: (() => void)[] = [];
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #window = 0;
  /** Windows that were begun, or may have been, and whose profiles have not come. */
  readonly #open = new Set<number>();
  #isProfiling = false;
  /** Whether the service's `console` was found with functions of its own. */
  #needsCommandLine = false;
  #failedCuts = 0;
  #restartInMs = RESTART_AFTER_MS;
  #cutting: Promise<Changed> | null = null;
  #lastCutMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #onFinished: (() => void) | null = null;

  constructor(
    session: InspectorSession,
    clock: Clock,
    prefix: string,
    samplingIntervalUs: number,
    handlers: CpuRotationHandlers,
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#prefix = prefix;
    this.#samplingIntervalUs = samplingIntervalUs;
    this.#handlers = handlers;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#removeListeners.push(
      this.#session.on('Profiler.consoleProfileFinished', (params: never) => this.#finish(params)),
      this.#session.onClosed(() => this.#end()),
    );
    await this.#begin();
  }

  cut(): void {
    if (this.#state !== 'running' || !this.#isProfiling || this.#cutting !== null) return;
    const sinceLastMs = this.#clock.monotonicMs() - this.#lastCutMs;
    this.#scheduleCut(Math.max(0, CUT_AT_MOST_EVERY_MS - sinceLastMs));
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return this.#end();
    this.#state = 'stopping';
    if (this.#timer !== null) clearTimeout(this.#timer);
    const finished = new Promise<void>((resolve) => {
      this.#onFinished = resolve;
      if (!this.#isProfiling) resolve();
    });
    const deadline = new Promise<void>((resolve) => {
      setTimeout(resolve, LEAVE_WITHIN_MS).unref();
    });
    await Promise.race([this.#cutting, deadline]);
    // Both are sent whatever the answers: a service that does not answer now finds them when it comes back.
    const ended = this.#change(this.#endOf([...this.#open]), LEAVE_WITHIN_MS);
    await Promise.race([Promise.all([ended, finished]), deadline]);
    await this.#session.call('Profiler.disable', {}, { timeoutMs: LEAVE_WITHIN_MS });
    this.#end();
  }

  async #begin(): Promise<void> {
    const window = ++this.#window;
    this.#open.add(window);
    this.#cutting = this.#enable().then(async (enabled) =>
      enabled.ok
        ? await this.#change(`${DUE_COLLECTION_FIRST} profile(${this.#title(window)})`, ANSWER_WITHIN_MS)
        : enabled,
    );
    const begun = await this.#cutting;
    this.#cutting = null;
    if (!begun.ok) return this.#startAgain(begun.error);
    this.#isProfiling = true;
    this.#scheduleCut(CUT_EVERY_MS);
  }

  async #enable(): Promise<Result<unknown, CallFailure>> {
    const options = { timeoutMs: ANSWER_WITHIN_MS };
    const enabled = await this.#session.call('Profiler.enable', {}, options);
    if (!enabled.ok) return enabled;
    const interval = { interval: this.#samplingIntervalUs };
    return await this.#session.call('Profiler.setSamplingInterval', interval, options);
  }

  #scheduleCut(inMs: number): void {
    this.#schedule(inMs, () => void this.#cut());
  }

  #schedule(inMs: number, act: () => void): void {
    if (this.#state !== 'running') return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(act, inMs);
    this.#timer.unref();
  }

  /**
   * Ends all windows that may run, and begins one. A cut may land where it cannot work, at the end of a full stack
   * above all: then it throws, nothing is lost, and the next one does the same later.
   */
  async #cut(): Promise<void> {
    const ended = [...this.#open];
    const next = ++this.#window;
    this.#open.add(next);
    const commands = `profile(${this.#title(next)}); ${this.#endOf(ended)}`;
    this.#cutting = this.#orLost(this.#change(commands, ANSWER_WITHIN_MS));
    const changed = await this.#cutting;
    this.#cutting = null;
    if (!changed.ok) {
      if (changed.error.kind !== 'exception' || ++this.#failedCuts >= MOST_FAILED_CUTS)
        return this.#startAgain(changed.error);
      return this.#scheduleCut(CUT_AT_MOST_EVERY_MS);
    }
    // They come before the answer to what ended them.
    if (ended.every((window) => this.#open.has(window))) return this.#startAgain(null);
    for (const window of ended) this.#open.delete(window);
    this.#failedCuts = 0;
    this.#restartInMs = RESTART_AFTER_MS;
    this.#scheduleCut(CUT_EVERY_MS);
  }

  /** @param failure null where the profiler answered without a profile */
  #startAgain(failure: CallFailure | null): void {
    this.#isProfiling = false;
    if (this.#state !== 'running' || failure?.kind === 'closed') return;
    this.#handlers.onFailure(
      failure === null ? 'the profiler did not hand over what it took' : sayCallFailure(failure),
    );
    this.#schedule(this.#restartInMs, () => {
      // Ends whatever runs.
      void this.#session.call('Profiler.disable', {}, { timeoutMs: ANSWER_WITHIN_MS });
      this.#open.clear();
      this.#failedCuts = 0;
      void this.#begin();
    });
    this.#restartInMs = Math.min(this.#restartInMs * 2, RESTART_AT_LEAST_EVERY_MS);
  }

  /** A service answers in the order in which it is asked: what is asked later cannot be answered sooner. */
  async #orLost(change: Promise<Changed>): Promise<Changed> {
    let doubt: NodeJS.Timeout | undefined;
    const lost = new Promise<Changed>((resolve) => {
      doubt = setTimeout(() => {
        const asked = this.#session.evaluate<number>('0', { timeoutMs: ANSWER_WITHIN_MS });
        void asked.then((answer) =>
          resolve(answer.ok ? fail({ kind: 'timeout', afterMs: DOUBTED_AFTER_MS }) : answer),
        );
      }, DOUBTED_AFTER_MS);
      doubt.unref();
    });
    try {
      return await Promise.race([change, lost]);
    } finally {
      clearTimeout(doubt);
    }
  }

  /** Runs the profiler's functions in the service and reports the time they took there. */
  async #change(commands: string, timeoutMs: number): Promise<Changed> {
    const timed = `{
      const begun = process.hrtime();
      ${commands};
      const done = process.hrtime();
      [begun[0] * 1e3 + begun[1] / 1e6, done[0] * 1e3 + done[1] / 1e6]
    }`;
    const answer = await this.#runTimed(timed, { timeoutMs });
    this.#lastCutMs = this.#clock.monotonicMs();
    if (!answer.ok) return answer;
    const [startMs, endMs] = answer.value;
    this.#handlers.onPause({ startMs, endMs });
    return answer;
  }

  async #runTimed(timed: string, options: CallOptions): Promise<Result<Times, CallFailure>> {
    const ending = ownScript('cpu-rotation');
    if (!this.#needsCommandLine) {
      const expression = `if (!(${CONSOLE_IS_NATIVE})) null; else { const { profile, profileEnd } = console; ${timed} }`;
      const answer = await this.#session.evaluate<Times | null>(expression + ending, options);
      if (!answer.ok) return answer;
      if (answer.value !== null) return ok(answer.value);
      this.#needsCommandLine = true;
    }
    return evaluateWithCommandLine<Times>(this.#session, timed + ending, options);
  }

  #title(window: number): string {
    return JSON.stringify(`${this.#prefix}${window}`);
  }

  #endOf(windows: readonly number[]): string {
    return windows.map((window) => `profileEnd(${this.#title(window)})`).join('; ');
  }

  #finish({ title, profile }: ConsoleProfileFinished): void {
    if (title?.startsWith(this.#prefix) !== true) return;
    this.#open.delete(Number(title.slice(this.#prefix.length)));
    this.#handlers.onProfile(profile);
    if (this.#state === 'stopping') this.#onFinished?.();
  }

  #end(): void {
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const remove of this.#removeListeners.splice(0)) remove();
    this.#onFinished?.();
  }
}
