/** `loopscope ps`: the Node processes of this machine, printed. */
import { EXIT, type CommandIo, type ExitCode, type CommonOptions } from '../command-io.ts';
import { clearAgentFolders } from '../../inspector/agent-folder.ts';
import { listNodeProcesses } from '../../inspector/process-discovery.ts';
import { formatProcessList, fromNodeProcesses } from '../../presentation/process-list.ts';

export async function runPs(
  options: CommonOptions & { readonly json?: true },
  io: CommandIo,
): Promise<ExitCode> {
  const wallMs = io.clock.wallMs();
  await clearAgentFolders(io.env);
  const processes = await listNodeProcesses(wallMs);
  const text = options.json
    ? JSON.stringify(fromNodeProcesses(processes), null, 2)
    : formatProcessList(processes, wallMs, io.stdout.isTTY ? io.stdout.columns : null).join('\n');
  io.stdout.write(`${text}\n`);
  return EXIT.done;
}
