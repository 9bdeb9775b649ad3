/** From what the user typed to a live session: resolve, attach, collect. */
import { EXIT, type CommandIo, type WatchOptions } from './command-io.ts';
import { appointCaretaker } from './caretaker.ts';
import { confirm } from './question.ts';
import { openLiveSession, type BlockedBefore, type LiveSession } from './live-session.ts';
import { showAttachProgress, type AttachProgressLine } from './attach-progress.ts';
import { attachTo, type AttachTarget } from '../inspector/attach.ts';
import type { Attachment } from '../inspector/attachment.ts';
import type { AttachProgress } from '../inspector/inspector-opening.ts';
import { resolveTarget } from '../inspector/target.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import type { AttachingStage } from '../presentation/attaching-steps.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, type Result } from '../shared/result.ts';
import { clearFirstLine } from '../views/first-line.ts';

export interface OpenOptions extends WatchOptions {
  /** Lets the user be asked what cannot be seen: gives `question` the terminal as it was. */
  readonly ask?: (question: () => Promise<boolean>) => Promise<boolean>;
  /** How long a blocked loop may hold up the move off the debug port. */
  readonly moveWithinMs?: number;
  /** Whether allocations are read once also where nothing grows. */
  readonly readsAllocations?: true;
  /** Who is told what is waited for; by default a line on stderr. */
  readonly progress?: AttachProgressLine;
  /** Told while a native call holds up the attaching. */
  readonly onWait?: (progress: AttachProgress) => void;
  /** Told at the beginning of each stage. */
  readonly onStage?: (stage: AttachingStage) => void;
  /** Hears every event from the first on. */
  readonly onEvent?: (event: TimelineEvent) => void;
}

const interruptedWith = (hint: string): CodedError => ({
  code: 'interrupted',
  message: 'interrupted while attaching',
  hint,
  exitCode: EXIT.interrupted,
});

/** Attaches and starts to collect. */
export async function openTarget(
  target: string,
  io: CommandIo,
  options: OpenOptions,
): Promise<Result<LiveSession, CodedError>> {
  let waited: BlockedBefore | null = null;
  const onWait = (progress: AttachProgress): void => {
    const { forMs, kernelState } = progress;
    const untilMs = io.clock.monotonicMs();
    waited = { sinceMs: waited?.sinceMs ?? untilMs - forMs, untilMs, kernelState };
    options.onWait?.(progress);
  };
  const attachment = await attachToTarget(target, io, { ...options, onWait });
  if (!attachment.ok) return attachment;
  options.onStage?.('installing');
  return openLiveSession(attachment.value, io.clock, {
    heapSampling: options.heapSampling !== false,
    blockedBefore: waited,
    ...(options.readsAllocations ? { readsAllocations: true } : {}),
    ...(options.maxOverhead === undefined ? {} : { maxOverhead: options.maxOverhead }),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
  });
}

/** Says on stderr what it waits for, as long as a native call blocks the service. */
export async function attachToTarget(
  target: string,
  io: CommandIo,
  options: OpenOptions = {},
): Promise<Result<Attachment, CodedError>> {
  const resolved = await resolveTarget(target);
  if (!resolved.ok) return resolved;
  const attachment = await attachOrAsk(resolved.value, io, options);
  if (!io.interrupted.aborted) return attachment;
  if (!attachment.ok) return fail(interruptedWith(attachment.error.hint));
  // Leaving earlier would have left the inspector open that the signal was still to open.
  const left = await attachment.value.detach();
  return fail(interruptedWith(left.ok ? 'the service was left as it was' : left.error.message));
}

async function attachOrAsk(
  target: AttachTarget,
  io: CommandIo,
  options: OpenOptions,
): Promise<Result<Attachment, CodedError>> {
  const progress = options.progress ?? showAttachProgress(io);
  const attachment = await attachTo(target, {
    clock: io.clock,
    appointCaretaker,
    assumeNoHandler: options.assumeNoHandler === true,
    interrupted: io.interrupted,
    ...(options.moveWithinMs === undefined ? {} : { moveWithinMs: options.moveWithinMs }),
    ...(options.onStage ? { onStep: options.onStage } : {}),
    onProgress: (waiting) => {
      progress.tell(waiting);
      options.onWait?.(waiting);
    },
  });
  progress.end();
  const unsure = !attachment.ok && attachment.error.code === 'own-sigusr1-handler-unknown';
  const question = () => confirmNoHandler(attachment.ok ? '' : attachment.error.message, io);
  const confirmed = unsure && options.ask !== undefined && (await options.ask(question));
  return confirmed ? attachOrAsk(target, io, { ...options, assumeNoHandler: true }) : attachment;
}

function confirmNoHandler(doubt: string, io: CommandIo): Promise<boolean> {
  clearFirstLine(io.stderr);
  return confirm(`${doubt}.\nThe signal is harmless if it has no such handler. Send it?`, io);
}
