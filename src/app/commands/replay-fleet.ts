/** `loopscope replay` on a folder: its recordings side by side, each with its screens. */
import { basename } from 'node:path';
import { EXIT, terminalOf, type CommandIo, type ExitCode } from '../command-io.ts';
import { reportFailure } from '../failure.ts';
import { loadScreens, type ScreenOptions } from '../session-screens.ts';
import { NO_TERMINAL, openReplayed, showReplayed, type Replayed } from './replay.ts';
import { fleetMemberOf } from '../../presentation/fleet-rows.ts';

/** Recordings that cannot be opened are named on stderr; the others are shown. */
export async function runReplayFleet(
  paths: readonly string[],
  options: ScreenOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return reportFailure(NO_TERMINAL, io, false);
  const screens = loadScreens();
  const opened: (Replayed & { readonly name: string })[] = [];
  let code: ExitCode = EXIT.usage;
  for (const path of paths) {
    const one = await openReplayed(path, io);
    if (one.ok) opened.push({ ...one.value, name: basename(path) });
    else code = reportFailure(one.error, io, false);
  }
  if (opened.length === 0) return code;
  const { openFleetScreen } = await import('../../views/fleet/open-fleet.ts');
  let row = 0;
  const show = async (): Promise<ExitCode> => {
    for (;;) {
      const choice = await openFleetScreen({
        ...terminalOf(io, options),
        members: () => opened.map(({ source, name }) => fleetMemberOf(source, name)),
        subscribe: () => () => {},
        row,
        writeSeen: null,
      });
      if (choice.kind === 'left') return EXIT.done;
      if (choice.kind === 'interrupted') return EXIT.interrupted;
      row = choice.row;
      const chosen = opened[row];
      if (chosen === undefined) continue;
      const shown = await showReplayed(chosen, { ...options, canGoBack: true }, io, screens);
      if (!shown.wentBack) return shown.exitCode;
    }
  };
  const exitCode = await show();
  for (const { replay } of opened) replay.close();
  return exitCode;
}
