/** `loopscope check` on several processes: one diagnosis of all of them, and the exit code of the worst. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openFleet, refusalOf, type FleetOptions } from '../fleet.ts';
import { reportOnFleet } from '../fleet-report.ts';
import { reportEnd, watch } from '../watching.ts';
import { fails, type CheckOptions } from './check.ts';
import { formatTextFleet } from '../../exports/fleet-text.ts';
import { formatJsonReport } from '../../exports/json-report.ts';
import type { CodedError } from '../../shared/coded-error.ts';

export type CheckFleetOptions = CheckOptions & FleetOptions;

const ONE_TARGET_ONLY: CodedError = {
  code: 'one-target-only',
  message: 'load and snapshots are for one process at a time',
  hint: 'check one target without --tree, or leave out --load and --snapshots',
  exitCode: EXIT.usage,
};

/** Watching begins when all of them have been attached to. */
export async function runCheckFleet(
  targets: readonly string[],
  options: CheckFleetOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const json = options.json === true;
  if (options.load !== undefined || options.snapshots === true)
    return reportFailure(ONE_TARGET_ONLY, io, json);
  const opened = await openFleet(targets, options, io);
  if (!opened.ok) return reportFailure(opened.error, io, json);
  const fleet = opened.value;
  await fleet.ready;
  const refused = refusalOf(fleet);
  if (refused !== null) {
    await fleet.close();
    return reportFailure(refused, io, json);
  }
  const ended = await watch(fleet, sleep(options.duration), io.interrupted);
  for (const left of await fleet.close()) io.stderr.write(`loopscope: ${left.message}; ${left.hint}\n`);

  const report = reportOnFleet(fleet);
  io.stdout.write(json ? formatJsonReport(report) : formatTextFleet(report, io, options));
  const endCode = reportEnd(ended, options.duration, io);
  if (ended.kind === 'interrupted') return endCode;
  for (const { message, hint } of report.unattached) io.stderr.write(`loopscope: ${message}; ${hint}\n`);
  const found = report.findings.some(({ severity }) => fails(severity, options.failOn));
  // A child of a tree that cannot be attached to is told; a process that was asked for by name is a failure.
  const missing = options.tree !== true && report.unattached.length > 0;
  return Math.max(endCode, found ? EXIT.found : EXIT.done, missing ? EXIT.cannotAttach : EXIT.done);
}
