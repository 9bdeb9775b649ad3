/** `loopscope check`: watches without a UI, prints the diagnosis, exits by its verdict. */
import { EXIT, type CommandIo, type ExitCode, type CommonOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import type { LiveSession } from '../live-session.ts';
import { openTarget } from '../target-session.ts';
import { version } from '../version.ts';
import { diagnose } from '../../diagnosis/diagnosis.ts';
import { createReport, formatJsonReport } from '../../exports/json-report.ts';
import { formatTextReport } from '../../exports/text-report.ts';
import type { Severity } from '../../model/finding.ts';
import { selectWholeSpan } from '../../timeline/session-selectors.ts';

export type FailOn = 'critical' | 'warning' | 'never';

export interface CheckOptions extends CommonOptions {
  readonly duration: number;
  readonly failOn: FailOn;
  readonly json?: true;
}

type HowItEnded = 'watched' | 'interrupted' | 'target-ended';

export async function runCheck(target: string, options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const json = options.json === true;
  const opened = await openTarget(target, io);
  if (!opened.ok) return reportFailure(opened.error, io, json);
  const session = opened.value;
  const ended = await watch(session, options.duration, io.interrupted);
  const left = await session.close();

  const span = selectWholeSpan(session.timeline) ?? { fromMs: 0, toMs: 0 };
  const diagnosis = diagnose(session.timeline, span);
  const report = createReport(session.timeline, span, diagnosis, version);
  io.stdout.write(json ? formatJsonReport(report) : formatTextReport(report, io, options));
  if (!left.ok) io.stderr.write(`loopscope: ${left.error.message}; ${left.error.hint}\n`);

  if (ended === 'interrupted') return EXIT.interrupted;
  if (ended === 'target-ended') {
    const { how } = await session.ended;
    io.stderr.write(
      `loopscope: the service ended before the ${options.duration / 1000} s were over: ${how}\n`,
    );
    return EXIT.targetEnded;
  }
  return report.findings.some(({ severity }) => fails(severity, options.failOn)) ? EXIT.found : EXIT.done;
}

/** Waits for the time to pass, the user to interrupt, or the service to end, whichever comes first. */
function watch(session: LiveSession, durationMs: number, interrupted: AbortSignal): Promise<HowItEnded> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish('watched'), durationMs);
    const finish = (how: HowItEnded): void => {
      clearTimeout(timer);
      resolve(how);
    };
    if (interrupted.aborted) finish('interrupted');
    interrupted.addEventListener('abort', () => finish('interrupted'), { once: true });
    void session.ended.then(() => finish('target-ended'));
  });
}

function fails(severity: Severity, failOn: FailOn): boolean {
  switch (failOn) {
    case 'never':
      return false;
    case 'critical':
      return severity === 'critical';
    case 'warning':
      return severity !== 'info';
  }
}
