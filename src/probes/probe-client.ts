/**
 * Our half of the probe: puts it in, polls it, takes it out.
 *
 *   install -> poll -> reading, poll -> reading, poll … silence (250 ms), silence (500 ms) … reading -> uninstall
 *
 * It polls, it is not pushed to: a poll interrupts JavaScript that blocks and comes back with its stack, a push
 * would have to wait for the loop. It costs an idle service 0.4 to 0.9 ms of CPU with the beat that follows, of which
 * the main thread pays two thirds. So a service that runs freely is polled every second time only: a block is still
 * told 325 to 750 ms after it began at the latest, JavaScript first, native calls last.
 * A poll is never given up while the connection lasts, so each window the probe cuts arrives exactly once; a hole
 * in the sequence (a connection that broke and came back) is told as one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attachment } from '../inspector/attachment.ts';
import { sayCallFailure } from '../inspector/inspector-connection.ts';
import { evaluateWithModules } from '../inspector/builtin-modules.ts';
import type { CallFailure, InspectorSession } from '../inspector/session.ts';
import type { Clock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { InstallOutcome } from './in-service/probe-lifecycle.ts';
import type { ProbeReading } from './probe-reading.ts';
import { composeInstallExpression, READ_EXPRESSION, UNINSTALL_EXPRESSION } from './probe-source.ts';
import { parseProbeReading } from './probe-wire.ts';

/** A poll has not been answered: a native call blocks, or the connection is slow. */
export interface Silence {
  /** When the unanswered poll was sent, in the service's time. */
  readonly sinceMs: number;
  readonly pendingMs: number;
}

/** Readings that did not arrive or could not be read. */
export interface ProbeGap {
  readonly reason: string;
  readonly lost: number | null;
}

export interface ProbeClientOptions {
  readonly session: InspectorSession;
  readonly clock: Clock;
  /** As the attachment has it: what the probe must undo when loopscope is killed. */
  readonly opened: Attachment['opened'];
  readonly pollEveryMs?: number;
  readonly leaseMs?: number;
}

export interface ProbeClient {
  /** Puts the probe in and begins to poll. Waits as long as a native call blocks; `onSilence` tells meanwhile. */
  install(): Promise<Result<void, CodedError>>;
  /** The last window, then everything of ours is out. Never rejects; the service may be gone. */
  uninstall(): Promise<void>;
  onReading(listener: (reading: ProbeReading) => void): () => void;
  /** 250 ms after an unanswered poll, and every 250 ms while that lasts. */
  onSilence(listener: (silence: Silence) => void): () => void;
  onGap(listener: (gap: ProbeGap) => void): () => void;
  /** The service's `hrtime` now, in milliseconds; on this machine our own clock, elsewhere estimated by the polls. */
  serviceNowMs(): number;
}

/** Often enough to show a block within half a second, and one of a service that ran freely within a second. */
const POLL_EVERY_MS = 250;

/** The longest delay of a timer (24 days): a poll has no deadline, a block may take minutes. */
const NO_DEADLINE = { timeoutMs: 2 ** 31 - 1 };

/** An orphaned probe is taken out after 2 s of silence; one that is polled in that time has an owner. */
const HELD_RETRIES = 8;
const HELD_RETRY_MS = 400;

/** The last word to a service may not hold up our own exit. */
const UNINSTALL_WITHIN_MS = 2000;

export function createProbeClient(options: ProbeClientOptions): ProbeClient {
  return new PollingProbeClient(options);
}

class PollingProbeClient implements ProbeClient {
  readonly #session: InspectorSession;
  readonly #clock: Clock;
  readonly #pollEveryMs: number;
  readonly #installExpression: string;
  readonly #readingListeners = new Set<(reading: ProbeReading) => void>();
  readonly #silenceListeners = new Set<(silence: Silence) => void>();
  readonly #gapListeners = new Set<(gap: ProbeGap) => void>();
  #timer: NodeJS.Timeout | null = null;
  #pendingSinceMs: number | null = null;
  #lastSequence = 0;
  #isInstalled = false;
  /** The last reading told of nothing that held the loop up. */
  #runsFreely = false;
  #restedOnce = false;
  #isLeaving = false;
  #offsetMs = 0;
  #bestRoundTripMs = Infinity;

  constructor(options: ProbeClientOptions) {
    this.#session = options.session;
    this.#clock = options.clock;
    this.#pollEveryMs = options.pollEveryMs ?? POLL_EVERY_MS;
    this.#installExpression = composeInstallExpression({
      originalDebugPort: options.opened?.originalDebugPort ?? null,
      ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    });
  }

  async install(): Promise<Result<void, CodedError>> {
    this.#timer ??= setInterval(() => this.#tick(), this.#pollEveryMs);
    const installed = await this.#putIn();
    if (installed.ok) this.#tick();
    else this.#stopPolling();
    return installed;
  }

  async uninstall(): Promise<void> {
    this.#isLeaving = true;
    this.#stopPolling();
    if (!this.#isInstalled || this.#session.closed) return;
    this.#isInstalled = false;
    const leaving = { timeoutMs: UNINSTALL_WITHIN_MS };
    const last = await this.#session.evaluate(READ_EXPRESSION, leaving);
    if (last.ok) this.#receive(last.value);
    await this.#session.evaluate(UNINSTALL_EXPRESSION, leaving);
  }

  onReading(listener: (reading: ProbeReading) => void): () => void {
    this.#readingListeners.add(listener);
    return () => this.#readingListeners.delete(listener);
  }

  onSilence(listener: (silence: Silence) => void): () => void {
    this.#silenceListeners.add(listener);
    return () => this.#silenceListeners.delete(listener);
  }

  onGap(listener: (gap: ProbeGap) => void): () => void {
    this.#gapListeners.add(listener);
    return () => this.#gapListeners.delete(listener);
  }

  serviceNowMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }

  async #putIn(): Promise<Result<void, CodedError>> {
    for (let attempt = 0; attempt < HELD_RETRIES; attempt++) {
      const answer = await this.#asked(
        evaluateWithModules<InstallOutcome>(this.#session, this.#installExpression, NO_DEADLINE),
      );
      if (!answer.ok) return fail(toInstallError(answer.error));
      if (answer.value.state === 'installed') {
        this.#lastSequence = 0;
        this.#isInstalled = true;
        return ok(undefined);
      }
      await sleep(HELD_RETRY_MS);
    }
    return fail({
      code: 'probe-held',
      message: 'as many loopscopes are attached to this process as it has room for',
      hint: 'close one of them; the probe of a killed one goes by itself after some seconds',
      exitCode: 3,
    });
  }

  #tick(): void {
    if (this.#pendingSinceMs !== null) {
      const pendingMs = this.#clock.monotonicMs() - this.#pendingSinceMs;
      if (pendingMs >= this.#pollEveryMs * 0.9) {
        const silence = { sinceMs: this.#pendingSinceMs + this.#offsetMs, pendingMs };
        for (const listener of this.#silenceListeners) listener(silence);
      }
    } else if (this.#runsFreely && !this.#restedOnce) this.#restedOnce = true;
    else if (this.#isInstalled) void this.#poll();
  }

  async #poll(): Promise<void> {
    const sentMs = this.#clock.monotonicMs();
    this.#restedOnce = false;
    const answer = await this.#asked(this.#session.evaluate(READ_EXPRESSION, NO_DEADLINE));
    if (this.#isLeaving && !answer.ok) return;
    if (!answer.ok) {
      if (answer.error.kind === 'closed') this.#stopPolling();
      else this.#tellGap({ reason: `the probe did not answer: ${sayCallFailure(answer.error)}`, lost: null });
      return;
    }
    if (answer.value === null && !this.#isLeaving) {
      await this.#putInAgain();
      return;
    }
    const reading = this.#receive(answer.value);
    if (reading !== null) this.#adjustClock(sentMs, reading.nowMs);
  }

  /** We were stopped for longer than the lease, or somebody else took the probe out. */
  async #putInAgain(): Promise<void> {
    this.#isInstalled = false;
    this.#runsFreely = false;
    this.#tellGap({ reason: 'the probe had been removed and is put in again', lost: null });
    const installed = await this.#putIn();
    if (!installed.ok) this.#tellGap({ reason: installed.error.message, lost: null });
  }

  #receive(text: unknown): ProbeReading | null {
    const reading = parseProbeReading(text);
    if (reading === null) {
      this.#tellGap({ reason: 'a reading of the probe could not be understood', lost: 1 });
      return null;
    }
    const lost = reading.sequence - this.#lastSequence - 1;
    if (lost > 0) this.#tellGap({ reason: 'readings were lost on the way', lost });
    this.#lastSequence = reading.sequence;
    this.#runsFreely = reading.blocked === null && reading.loop?.stalls.length === 0;
    for (const listener of this.#readingListeners) listener(reading);
    return reading;
  }

  #adjustClock(sentMs: number, serviceMs: number): void {
    const receivedMs = this.#clock.monotonicMs();
    const roundTripMs = receivedMs - sentMs;
    if (roundTripMs >= this.#bestRoundTripMs) return;
    this.#bestRoundTripMs = roundTripMs;
    const offsetMs = serviceMs - (sentMs + receivedMs) / 2;
    // Within the uncertainty of the round trip it is one and the same clock.
    this.#offsetMs = Math.abs(offsetMs) <= roundTripMs / 2 ? 0 : offsetMs;
  }

  async #asked<T>(question: Promise<Result<T, CallFailure>>): Promise<Result<T, CallFailure>> {
    this.#pendingSinceMs = this.#clock.monotonicMs();
    const answer = await question;
    this.#pendingSinceMs = null;
    return answer;
  }

  #tellGap(gap: ProbeGap): void {
    for (const listener of this.#gapListeners) listener(gap);
  }

  #stopPolling(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

function toInstallError(failure: CallFailure): CodedError {
  if (failure.kind === 'closed') {
    return {
      code: 'connection-lost',
      message: `the connection ended while the probe was put in: ${failure.reason}`,
      hint: 'see whether the service still runs, and attach again',
      exitCode: 4,
    };
  }
  return {
    code: 'probe-refused',
    message: `the service does not let the probe in: ${sayCallFailure(failure)}`,
    hint: 'a service with frozen globals cannot be probed; its CPU can still be profiled from DevTools',
    exitCode: 3,
  };
}
