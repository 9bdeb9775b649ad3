/** `loopscope attach` on several processes: side by side, and each with its own screens. */
import { SILENT_PROGRESS } from '../attach-progress.ts';
import { EXIT, terminalOf, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { openFleet, refusalOf, type Fleet, type FleetOptions } from '../fleet.ts';
import { writeSeenOfFleet } from '../fleet-report.ts';
import { showSession, type ScreenOptions } from '../session-screens.ts';
import { NO_TERMINAL } from './attach.ts';
import { mergeFindings } from '../../diagnosis/fleet-diagnosis.ts';
import { formatProcesses } from '../../presentation/fleet-rows.ts';
import { clearFirstLine, printFirstLine } from '../../views/first-line.ts';

export type AttachFleetOptions = FleetOptions & ScreenOptions;

/** Shows them until the user leaves; whoever ended stays on the screen until a successor takes its place. */
export async function runAttachFleet(
  targets: readonly string[],
  options: AttachFleetOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  printFirstLine(io.stdout, `attaching to ${targets.join(', ')}`);
  const opened = await openFleet(targets, { ...options, progress: SILENT_PROGRESS, keepsPast: true }, io);
  clearFirstLine(io.stdout);
  if (!opened.ok) return reportFailure(opened.error, io, false);
  const fleet = opened.value;
  const exitCode = await showFleet(fleet, options, io);
  const refused = refusalOf(fleet);
  const left = await fleet.close();
  if (refused !== null) return reportFailure(refused, io, false);
  io.stderr.write(`${formatFleetFarewell(fleet, left.length === 0)}\n`);
  for (const { message, hint } of left) io.stderr.write(`loopscope: ${message}; ${hint}\n`);
  return exitCode;
}

/** From the list of processes to the screens of one and back, until the user quits. */
async function showFleet(fleet: Fleet, options: AttachFleetOptions, io: CommandIo): Promise<ExitCode> {
  const { openFleetScreen } = await import('../../views/fleet/open-fleet.ts');
  let row = 0;
  for (;;) {
    const choice = await openFleetScreen({
      ...terminalOf(io, options),
      members: () => fleet.members(),
      subscribe: (listener) => fleet.subscribe(listener),
      row,
      writeSeen: () => writeSeenOfFleet(fleet, process.cwd(), io.clock.wallMs()),
    });
    if (choice.kind === 'left') return EXIT.done;
    if (choice.kind === 'interrupted') return EXIT.interrupted;
    row = choice.row;
    const member = fleet.members()[row];
    if (!member?.session || !member.source) continue;
    const { session, source, past } = member;
    const shown = await showSession(session, options, io, {
      source,
      canGoBack: true,
      ...(past ? { past } : {}),
    });
    if (!shown.wentBack) return shown.exitCode;
  }
}

/** One line for the terminal that is given back. */
function formatFleetFarewell(fleet: Fleet, left: boolean): string {
  const watched = fleet
    .members()
    .flatMap(({ pid, source }) =>
      source === null ? [] : [{ pid, findings: source.findings(), readiness: [] }],
    );
  const [worst, ...others] = mergeFindings(watched);
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const found = worst
    ? `${worst.title}, ${formatProcesses(worst.processes, watched.length)}${more}`
    : 'nothing found';
  return `${watched.length} processes: ${found}.${left ? ' The services run on as they were.' : ''}`;
}
