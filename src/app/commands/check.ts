/** `loopscope check`: watches without a UI, prints the diagnosis, exits by its verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatLoadCurve, parseCheckedLoad, runCheckedLoad, withLoadCurve } from '../checked-load.ts';
import { createCheckedHeap } from '../checked-heap.ts';
import { EXIT, type CommandIo, type ExitCode, type WatchOptions } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openTarget } from '../target-session.ts';
import { version } from '../version.ts';
import { leave, reportEnd, watch } from '../watching.ts';
import { diagnose } from '../../diagnosis/diagnosis.ts';
import { createReport, formatJsonReport } from '../../exports/json-report.ts';
import { formatTextReport } from '../../exports/text-report.ts';
import type { Severity } from '../../model/finding.ts';
import { selectWholeSpan } from '../../timeline/session-selectors.ts';

export type FailOn = 'critical' | 'warning' | 'never';

export interface CheckOptions extends WatchOptions {
  readonly duration: number;
  readonly failOn: FailOn;
  readonly json?: true;
  /** URLs to load while watching, each `weight=url` or a plain URL. */
  readonly load?: readonly string[];
  /** Rising rates of that load, `50,100,200`. */
  readonly rate?: string;
  /** The user's consent to two heap snapshots. */
  readonly snapshots?: true;
  /** The heap thread's code, where it is not beside the program: in tests. */
  readonly worker?: URL;
}

export async function runCheck(target: string, options: CheckOptions, io: CommandIo): Promise<ExitCode> {
  const json = options.json === true;
  const { duration } = options;
  const load = options.load === undefined ? null : parseCheckedLoad(options.load, options.rate, duration);
  if (load?.ok === false) return reportFailure(load.error, io, json);
  const opened = await openTarget(target, io, options);
  if (!opened.ok) return reportFailure(opened.error, io, json);
  const session = opened.value;
  const comparer = options.snapshots === true ? createCheckedHeap(session, io, options.worker) : null;
  const begun = comparer && (await comparer.begin());
  if (begun?.ok === false) {
    await comparer?.close();
    await session.close();
    return reportFailure(begun.error, io, json);
  }
  const watching = new AbortController();
  const curve = load && runCheckedLoad(load.value, duration, { clock: io.clock, signal: watching.signal });
  // With load, watching lasts as long as the load does: it ends at the rate that breaks the service.
  const ended = await watch(session, curve ?? sleep(duration), io.interrupted);
  watching.abort();
  if (ended.kind === 'watched') await comparer?.end();
  await comparer?.close();
  await leave(session, io);

  const span = selectWholeSpan(session.timeline) ?? { fromMs: 0, toMs: 0 };
  const diagnosis = diagnose(session.timeline, span);
  const plain = createReport(session.timeline, span, diagnosis, version);
  const loaded = await curve;
  const report = loaded === null ? plain : withLoadCurve(plain, loaded);
  io.stdout.write(json ? formatJsonReport(report) : formatTextReport(report, io, options));
  if (!json && loaded !== null) io.stdout.write(formatLoadCurve(loaded));

  if (ended.kind !== 'watched') return reportEnd(ended, duration, io);
  return report.findings.some(({ severity }) => fails(severity, options.failOn)) ? EXIT.found : EXIT.done;
}

/** Whether a finding of this severity is one to exit with 1 for. */
export function fails(severity: Severity, failOn: FailOn): boolean {
  switch (failOn) {
    case 'never':
      return false;
    case 'critical':
      return severity === 'critical';
    case 'warning':
      return severity !== 'info';
  }
}
