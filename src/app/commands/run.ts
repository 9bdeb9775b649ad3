/** `loopscope run`: starts a service, attaches before its first line runs, and passes its exit code on. */
import type { CommandIo, ExitCode, WatchOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openLiveSession, type LiveSession } from '../live-session.ts';
import { createOutputLog } from '../output-log.ts';
import { createRecentPast, type RecentPast } from '../recent-past.ts';
import { formatFarewell } from '../seen-report.ts';
import { showSession } from '../session-screens.ts';
import { startService, type StartedService } from '../started-service.ts';
import { version } from '../version.ts';
import { leave } from '../watching.ts';
import { diagnose } from '../../diagnosis/diagnosis.ts';
import { createReport } from '../../exports/json-report.ts';
import { formatTextReport } from '../../exports/text-report.ts';
import type { CodedError } from '../../shared/coded-error.ts';
import type { Result } from '../../shared/result.ts';
import { selectWholeSpan } from '../../timeline/session-selectors.ts';

export interface RunOptions extends WatchOptions {
  readonly presenter?: true;
  readonly mouse?: true;
}

/**
 * With a terminal, the screens, with the service's output as one of them. Without one its output passes through, and
 * the diagnosis goes to stderr when it has ended.
 * @returns the service's exit code; 128 and the signal's number when a signal ended it
 */
export async function runService(
  command: readonly string[],
  options: RunOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const hasTerminal = io.stdout.isTTY && io.stdin.isTTY;
  const started = await startService(command, io.env, !hasTerminal);
  if (!started.ok) return reportFailure(started.error, io, false);
  const service = started.value;
  const giveSignalsBack = io.takeSignals((signal) => service.signal(signal));
  try {
    await (hasTerminal ? runOnScreen(service, options, io) : runThrough(service, options, io));
    return (await service.exit).code;
  } finally {
    giveSignalsBack();
  }
}

async function runThrough(service: StartedService, options: RunOptions, io: CommandIo): Promise<void> {
  service.stderr.pipe(io.stderr, { end: false });
  const opened = await openAtGate(service, options, io);
  if (!opened.ok) return void reportFailure(opened.error, io, false);
  const { timeline } = opened.value;
  await service.exit;
  await leave(opened.value, io);
  const span = selectWholeSpan(timeline) ?? { fromMs: 0, toMs: 0 };
  const report = createReport(timeline, span, diagnose(timeline, span), version);
  io.stderr.write(formatTextReport(report, { stdout: io.stderr, env: io.env }, options));
}

async function runOnScreen(service: StartedService, options: RunOptions, io: CommandIo): Promise<void> {
  const log = createOutputLog(service.pid, io.clock.wallMs());
  if (service.stdout !== null) log.take(service.stdout, 'stdout');
  log.take(service.stderr, 'stderr');
  const past = createRecentPast();
  const opened = await openAtGate(service, options, io, past.add);
  if (opened.ok) {
    const session = opened.value;
    await showSession(session, options, io, {
      past,
      output: log,
      onInterrupt: () => service.signal('SIGINT'),
    });
    printOn(service, io);
    const left = await session.close();
    io.stderr.write(`${formatFarewell(session.timeline, left.ok)}\n`);
    if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);
  } else {
    reportFailure(opened.error, io, false);
    printOn(service, io);
  }
  const { how } = await service.exit;
  const where = log.file === null ? '' : `; its output is in ${log.file}`;
  io.stderr.write(`loopscope: the service ended: ${how}${where}\n`);
}

/** What it printed so far is in the file; what it prints from now on is on the terminal as well. */
function printOn(service: StartedService, io: CommandIo): void {
  service.stdout?.pipe(io.stdout, { end: false });
  service.stderr.pipe(io.stderr, { end: false });
}

async function openAtGate(
  service: StartedService,
  options: RunOptions,
  io: CommandIo,
  onEvent?: RecentPast['add'],
): Promise<Result<LiveSession, CodedError>> {
  const attached = await service.attach(io.clock);
  if (!attached.ok) return attached;
  const { attachment, letRun } = attached.value;
  const opened = await openLiveSession(attachment, io.clock, {
    heapSampling: options.heapSampling !== false,
    blockedBefore: null,
    ...(options.maxOverhead === undefined ? {} : { maxOverhead: options.maxOverhead }),
    ...(onEvent ? { onEvent } : {}),
  });
  if (opened.ok) await letRun();
  return opened;
}
