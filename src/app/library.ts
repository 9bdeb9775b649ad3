/**
 * loopscope as a library: attach to a running service from a program of one's own.
 *
 *   const session = await attach(4711);
 *   for await (const event of session) if (event.kind === 'stall') …
 *
 * A library says nothing on the streams, hears no signal and ends no process. Errors are thrown here, with the code
 * and the hint that the command line prints.
 */
import { appointCaretaker } from './caretaker.ts';
import { EventQueue } from './event-queue.ts';
import { openLiveSession, type LiveSession } from './live-session.ts';
import { version } from './version.ts';
import { diagnose } from '../diagnosis/diagnosis.ts';
import { createReport } from '../exports/json-report.ts';
import { attachTo } from '../inspector/attach.ts';
import { resolveTarget } from '../inspector/target.ts';
import type { Finding, ReadinessCheck } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { TargetInfo, TimelineEvent } from '../model/timeline-event.ts';
import { systemClock } from '../shared/clock.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { Result } from '../shared/result.ts';
import { selectLastSpan, selectWholeSpan } from '../timeline/session-selectors.ts';

export type {
  Culprit,
  Finding,
  FindingCause,
  FindingKind,
  ReadinessCheck,
  Severity,
} from '../model/finding.ts';
export type { Metrics, Percentiles, Report, RouteMetrics } from '../model/report.ts';
export type { TargetInfo, TimelineEvent, TimelineEventKind } from '../model/timeline-event.ts';

export interface AttachOptions {
  /** Whether call sites of live memory are sampled; reading them forces a collection now and then. Default true. */
  readonly heapSampling?: boolean;
  /** Your word that the application has no SIGUSR1 handler, for where that cannot be seen. Default false. */
  readonly assumeNoHandler?: boolean;
  /** Ends the wait for a service that a native call blocks. */
  readonly signal?: AbortSignal;
}

export interface Diagnosis {
  /** Causes before symptoms, the worst first. */
  readonly findings: readonly Finding[];
  /** Always all six, in the same order. */
  readonly readiness: readonly ReadinessCheck[];
}

/** An attached service. Iterating gives its events from then on, and ends when it is closed or the service ends. */
export interface Session extends AsyncIterable<TimelineEvent> {
  readonly target: TargetInfo;
  /** Resolves when the service is gone or cannot be reached any more; not when the session is closed. */
  readonly ended: Promise<{ readonly state: 'ended' | 'lost'; readonly how: string }>;
  /** Hears every event from now on. Returns the way to stop it. */
  subscribe(listener: (event: TimelineEvent) => void): () => void;
  /**
   * What is wrong, as far as it was seen.
   * @param lastMs of how much of the past; all of it by default
   */
  diagnose(lastMs?: number): Diagnosis;
  /** The document that `loopscope check --json` prints, over the whole session; also after `close`. */
  report(): Report;
  /** Leaves the service with nothing of ours in it. Throws what could not be removed. Once; later calls do nothing. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why something could not be done. `code` is stable, `hint` says what to do. */
export class LoopscopeError extends Error {
  override readonly name = 'LoopscopeError';
  readonly code: string;
  readonly hint: string;

  constructor({ code, message, hint }: Pick<CodedError, 'code' | 'message' | 'hint'>) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Attaches to a service and starts to watch it. The service is signalled only when that is proven to be safe.
 * @param target a pid, or what `loopscope attach` takes
 * @throws LoopscopeError where it cannot be attached to; a service that is refused has not been touched
 */
export async function attach(target: number | string, options: AttachOptions = {}): Promise<Session> {
  const { heapSampling = true, assumeNoHandler = false, signal } = options;
  const resolved = valueOf(await resolveTarget(String(target)));
  const attachment = valueOf(
    await attachTo(resolved, {
      appointCaretaker,
      assumeNoHandler,
      ...(signal ? { interrupted: signal } : {}),
    }),
  );
  const session = valueOf(
    await openLiveSession(attachment, systemClock, { heapSampling, blockedBefore: null }),
  );
  return sessionFrom(session);
}

function sessionFrom(session: LiveSession): Session {
  const { attachment, timeline, ended } = session;
  const queues = new Set<EventQueue>();
  const endQueues = (): void => {
    for (const queue of queues) queue.end();
  };
  void ended.then(endQueues);
  const close = async (): Promise<void> => {
    const left = await session.close();
    endQueues();
    valueOf(left);
  };
  return {
    target: attachment.target,
    ended,
    subscribe: (listener) => session.subscribe(listener),
    diagnose(lastMs = Infinity) {
      const span = selectLastSpan(timeline, lastMs) ?? { fromMs: 0, toMs: 0 };
      const { findings, readiness } = diagnose(timeline, span);
      return { findings, readiness };
    },
    report() {
      const span = selectWholeSpan(timeline) ?? { fromMs: 0, toMs: 0 };
      return createReport(timeline, span, diagnose(timeline, span), version);
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]() {
      const queue = new EventQueue(() => {
        stop();
        queues.delete(queue);
      });
      const stop = session.subscribe((event) => queue.push(event));
      queues.add(queue);
      return queue;
    },
  };
}

function valueOf<T>(result: Result<T, CodedError>): T {
  if (result.ok) return result.value;
  throw new LoopscopeError(result.error);
}
