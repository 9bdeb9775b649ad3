/**
 * CPU profiles without gaps between them.
 *
 *   attach            cut              cut              stop
 *   profile("1") ── profile("2") ── profile("3") ──
 *                   profileEnd("1")  profileEnd("2")   profileEnd("3"), Profiler.disable
 *
 * Starting a profiler makes V8 tell it all code that is loaded: 10 to 570 ms in which the service stands still.
 * While another profile runs this falls away, so the next one is started before the last one ends. `profile` and
 * `profileEnd` are the command-line functions of the inspector: the service cannot have replaced them, and nothing
 * is printed.
 */
import type { Clock } from '../shared/clock.ts';
import { sayCallFailure } from '../inspector/inspector-connection.ts';
import type { CallFailure, InspectorSession } from '../inspector/session.ts';
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import type { WireCpuProfile } from './cpu-samples.ts';

export interface CpuRotationHandlers {
  readonly onProfile: (profile: WireCpuProfile) => void;
  /** Time that a change of profiles took on the service's main thread, on the service's clock. */
  readonly onPause: (pause: { readonly startMs: number; readonly endMs: number }) => void;
  /** The profiler does not run (any more); nothing more will come. */
  readonly onFailure: (reason: string) => void;
}

export interface CpuRotation {
  start(): Promise<void>;
  /** Ends the current window soon, so that what happened in it can be told. */
  cut(): void;
  stop(): Promise<void>;
}

/** A cut costs 1 to 40 ms of the service's time and its profile up to 1 MB: every 5 s is under 1%. */
const CUT_EVERY_MS = 5000;
/** Stalls can come in crowds: at most one extra cut in this time. */
const CUT_AT_MOST_EVERY_MS = 1000;
/** A native call may hold the loop for minutes, and the cut waits for it: it is not lost, only late. */
const ANSWER_WITHIN_MS = 30 * 60_000;
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

class Rotation implements CpuRotation {
  readonly #session: InspectorSession;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #samplingIntervalUs: number;
  readonly #handlers: CpuRotationHandlers;
  readonly #removeListeners: (() => void)[] = [];
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #window = 0;
  #cutting: Promise<void> | null = null;
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
    const options = { timeoutMs: ANSWER_WITHIN_MS };
    const enabled = await this.#session.call('Profiler.enable', {}, options);
    if (!enabled.ok) return this.#fail(enabled.error);
    const interval = { interval: this.#samplingIntervalUs };
    const set = await this.#session.call('Profiler.setSamplingInterval', interval, options);
    if (!set.ok) return this.#fail(set.error);
    this.#cutting = this.#change(`profile(${this.#title(0)})`, ANSWER_WITHIN_MS);
    await this.#cutting;
    this.#cutting = null;
    this.#scheduleCut(CUT_EVERY_MS);
  }

  cut(): void {
    if (this.#state !== 'running' || this.#cutting !== null) return;
    const sinceLastMs = this.#clock.monotonicMs() - this.#lastCutMs;
    this.#scheduleCut(Math.max(0, CUT_AT_MOST_EVERY_MS - sinceLastMs));
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return this.#end();
    this.#state = 'stopping';
    if (this.#timer !== null) clearTimeout(this.#timer);
    const finished = new Promise<void>((resolve) => {
      this.#onFinished = resolve;
    });
    const deadline = new Promise<void>((resolve) => {
      setTimeout(resolve, LEAVE_WITHIN_MS).unref();
    });
    await Promise.race([this.#cutting, deadline]);
    // Both are sent whatever the answers: a service that does not answer now finds them when it comes back.
    const ended = this.#change(`profileEnd(${this.#title(this.#window)})`, LEAVE_WITHIN_MS);
    await Promise.race([Promise.all([ended, finished]), deadline]);
    await this.#session.call('Profiler.disable', {}, { timeoutMs: LEAVE_WITHIN_MS });
    this.#end();
  }

  #scheduleCut(inMs: number): void {
    if (this.#state !== 'running') return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#cutting = this.#cut();
    }, inMs);
    this.#timer.unref();
  }

  async #cut(): Promise<void> {
    const next = this.#title(this.#window + 1);
    await this.#change(`profile(${next}); profileEnd(${this.#title(this.#window++)})`, ANSWER_WITHIN_MS);
    this.#cutting = null;
    this.#scheduleCut(CUT_EVERY_MS);
  }

  /** Runs command-line functions in the service and reports the time they took there. */
  async #change(commands: string, timeoutMs: number): Promise<void> {
    const expression = `{
      const begun = process.hrtime();
      ${commands};
      const done = process.hrtime();
      [begun[0] * 1e3 + begun[1] / 1e6, done[0] * 1e3 + done[1] / 1e6]
    }
    //# sourceURL=${OWN_SCRIPT_PREFIX}cpu-rotation`;
    const answer = await this.#session.evaluate<[number, number]>(expression, { timeoutMs });
    this.#lastCutMs = this.#clock.monotonicMs();
    if (!answer.ok) return this.#fail(answer.error);
    const [startMs, endMs] = answer.value;
    this.#handlers.onPause({ startMs, endMs });
  }

  #title(window: number): string {
    return JSON.stringify(`${this.#prefix}${window}`);
  }

  #finish({ title, profile }: ConsoleProfileFinished): void {
    if (title?.startsWith(this.#prefix) !== true) return;
    this.#handlers.onProfile(profile);
    if (this.#state === 'stopping') this.#onFinished?.();
  }

  #fail(failure: CallFailure): void {
    if (this.#state === 'running' && failure.kind !== 'closed')
      this.#handlers.onFailure(sayCallFailure(failure));
    if (this.#state === 'running') this.#end();
  }

  #end(): void {
    this.#state = 'stopped';
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const remove of this.#removeListeners.splice(0)) remove();
    this.#onFinished?.();
  }
}
