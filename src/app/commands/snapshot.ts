/** `loopscope snapshot`: the heap of a running service to disk, after saying what it costs. */
import { onLeave } from '../cleanup.ts';
import { EXIT, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { confirm } from '../question.ts';
import { attachToTarget } from '../target-session.ts';
import { takeSnapshot } from '../../heap/live-snapshot.ts';
import type { SnapshotProgress, TakenSnapshot } from '../../heap/live-snapshot.ts';
import { estimateSnapshotCost } from '../../heap/snapshot-estimate.ts';
import type { SnapshotEstimate } from '../../heap/snapshot-estimate.ts';
import { readSnapshotVitals } from '../../heap/snapshot-vitals.ts';
import { SnapshotWriter } from '../../heap/snapshot-writer.ts';
import type { Attachment } from '../../inspector/attachment.ts';
import { sayCallFailure } from '../../inspector/inspector-connection.ts';
import { formatBytes } from '../../presentation/format.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import { fail, ok, type Result } from '../../shared/result.ts';

export interface SnapshotOptions {
  readonly output: string;
  /** Takes it also where the estimate speaks against it. */
  readonly force?: true;
  readonly json?: true;
}

const SNAPSHOT_SCHEMA = 'loopscope.snapshot/1';

/** How often progress is said where there is no terminal to say it in place. */
const PROGRESS_EVERY_MS = 1000;
const REDRAW_EVERY_MS = 100;
const CLEARED_LINE = '\r\u001b[K';
/** A pause that the callers of a service notice; for less nobody wants to be asked. */
const NOTICED_PAUSE_MS = 1000;

export async function runSnapshot(
  target: string,
  options: SnapshotOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const json = options.json === true;
  // First of all: what cannot be written is no reason to touch the service.
  const writer = SnapshotWriter.open(options.output);
  if (!writer.ok) return reportFailure(writer.error, io, json);
  const attached = await attachToTarget(target, io);
  if (!attached.ok) {
    writer.value.discard();
    return reportFailure(attached.error, io, json);
  }
  const attachment = attached.value;
  const forget = onLeave(async () => void (await attachment.detach()));
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (io.interrupted.aborted) resolve('interrupted');
    io.interrupted.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const work = snapshotTo(attachment, writer.value, options, io);
  const first = await Promise.race([work, interrupted]);
  const left = await attachment.detach();
  // V8 cannot be told to stop. Either the connection went first, and the half that was written is removed; or the
  // snapshot came whole while we waited to leave, and is kept.
  const outcome = await work;
  forget();
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
  if (first === 'interrupted') return EXIT.interrupted;
  if (!outcome.ok) return reportFailure(outcome.error, io, json);
  const { estimate, jsonBytes, pauseMs } = outcome.value;
  if (json) {
    const { refusal: _refusal, ...cost } = estimate;
    const document = { schema: SNAPSHOT_SCHEMA, file: options.output, jsonBytes, pauseMs, estimate: cost };
    io.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    io.stdout.write(
      `${options.output}: ${formatBytes(jsonBytes)}; the service stood still for ${seconds(pauseMs)} (estimated ${seconds(estimate.pauseMs)})\n`,
    );
  }
  return EXIT.done;
}

/** Leaves nothing of the file behind unless it is whole. */
async function snapshotTo(
  attachment: Attachment,
  writer: SnapshotWriter,
  options: SnapshotOptions,
  io: CommandIo,
): Promise<Result<TakenSnapshot & { readonly estimate: SnapshotEstimate }, CodedError>> {
  const agreed = await agreeOnPrice(attachment, options, io);
  if (!agreed.ok) {
    writer.discard();
    return agreed;
  }
  const progress = tellProgress(io);
  const taken = await takeSnapshot(attachment.session, [writer.write], io.clock, progress.tell);
  progress.clear();
  if (!taken.ok) {
    writer.discard();
    return taken;
  }
  const written = writer.finish();
  return written.ok ? ok({ ...taken.value, estimate: agreed.value }) : written;
}

/** Says what it costs, and asks where somebody is there to answer. */
async function agreeOnPrice(
  { session }: Attachment,
  options: SnapshotOptions,
  io: CommandIo,
): Promise<Result<SnapshotEstimate, CodedError>> {
  const vitals = await readSnapshotVitals(session);
  if (!vitals.ok) {
    return fail({
      code: 'snapshot-not-estimated',
      message: `the service did not say how large its heap is: ${sayCallFailure(vitals.error)}`,
      hint: 'try again when it is less busy',
      exitCode: EXIT.cannotAttach,
    });
  }
  const estimate = estimateSnapshotCost(vitals.value);
  if (estimate.refusal !== null && options.force !== true) return fail(estimate.refusal);
  const price = `the service will stand still for about ${seconds(estimate.pauseMs)} and take about ${formatBytes(estimate.extraBytes)} more memory`;
  const canAsk = io.stdin.isTTY && io.stderr.isTTY && options.json !== true;
  if (canAsk && options.force !== true && estimate.pauseMs > NOTICED_PAUSE_MS) {
    return (await confirm(`${price}. Take the snapshot?`, io)) ? ok(estimate) : fail(declined);
  }
  io.stderr.write(`loopscope: ${price}\n`);
  return ok(estimate);
}

const declined: CodedError = {
  code: 'snapshot-declined',
  message: 'no snapshot was taken',
  hint: 'the service was left as it was',
  exitCode: EXIT.cannotAttach,
};

/** One line that is overwritten on a terminal, a line a second elsewhere. */
function tellProgress(io: CommandIo): {
  readonly tell: (progress: SnapshotProgress) => void;
  readonly clear: () => void;
} {
  const inPlace = io.stderr.isTTY;
  const everyMs = inPlace ? REDRAW_EVERY_MS : PROGRESS_EVERY_MS;
  let saidAtMs = -Infinity;
  return {
    tell: (progress) => {
      const nowMs = io.clock.monotonicMs();
      if (nowMs - saidAtMs < everyMs) return;
      saidAtMs = nowMs;
      const what =
        progress.kind === 'building'
          ? `V8 walks the heap, ${Math.round(progress.share * 100)}%`
          : `${formatBytes(progress.bytes)} written`;
      io.stderr.write(inPlace ? `${CLEARED_LINE}loopscope: ${what}` : `loopscope: ${what}\n`);
    },
    clear: () => {
      if (inPlace) io.stderr.write(CLEARED_LINE);
    },
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
