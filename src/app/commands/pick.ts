/** `loopscope` alone: pick one of the Node processes of this machine, and attach to it. */
import type { CommandIo, ExitCode, CommonOptions } from '../command-io.ts';
import { runPs } from './ps.ts';

/** Without a terminal it is `loopscope ps`. */
export async function runPick(options: CommonOptions, io: CommandIo): Promise<ExitCode> {
  return runPs(options, io);
}
