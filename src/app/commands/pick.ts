/** `loopscope` alone: pick one of the Node processes of this machine, and attach to it. */
import { runAttach } from './attach.ts';
import { EXIT, terminalOf, type CommandIo, type ExitCode, type CommonOptions } from '../command-io.ts';
import { runPs } from './ps.ts';
import { listNodeProcesses } from '../../inspector/process-discovery.ts';
import { clearFirstLine, printFirstLine } from '../../views/first-line.ts';
import { pickProcess, type ListedProcesses } from '../../views/pick-process.ts';

/** Without a terminal it is `loopscope ps`. */
export async function runPick(options: CommonOptions, io: CommandIo): Promise<ExitCode> {
  if (!io.stdout.isTTY || !io.stdin.isTTY) return runPs(options, io);
  const list = async (): Promise<ListedProcesses> => {
    const wallMs = io.clock.wallMs();
    return { processes: await listNodeProcesses(wallMs), wallMs };
  };
  printFirstLine(io.stdout, 'looking for Node processes');
  const listed = await list();
  clearFirstLine(io.stdout);
  const picked = await pickProcess({
    ...terminalOf(io, options),
    listed,
    list,
  });
  switch (picked.kind) {
    case 'picked':
      return runAttach(String(picked.pid), options, io);
    case 'left':
      return EXIT.done;
    case 'interrupted':
      return EXIT.interrupted;
  }
}
