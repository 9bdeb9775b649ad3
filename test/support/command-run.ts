/** A command run inside the test's own process, without a terminal: what it prints is kept. */
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CommandIo, ExitCode } from '../../src/app/command-io.ts';
import { systemClock } from '../../src/shared/clock.ts';

export interface CommandSurroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Whether stdout says that it is a terminal. */
  readonly isTTY?: boolean;
  readonly interrupted?: AbortSignal;
  /** Told what the command writes to stderr, as it does. */
  readonly onStderr?: (text: string) => void;
}

export interface CommandEnd {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function runCommand(
  command: (io: CommandIo) => Promise<ExitCode>,
  { env = {}, isTTY = false, interrupted, onStderr }: CommandSurroundings = {},
): Promise<CommandEnd> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  if (onStderr) stderr.on('data', (chunk: Buffer) => onStderr(chunk.toString()));
  const printed = [buffer(stdout), buffer(stderr)] as const;
  const exitCode = await command({
    stdin: process.stdin,
    // A command only writes to them, and asks whether they are terminals.
    stdout: Object.assign(stdout, { isTTY }) as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env,
    clock: systemClock,
    interrupted: interrupted ?? new AbortController().signal,
    takeSignals: () => () => {},
  });
  stdout.end();
  stderr.end();
  const [stdoutBytes, stderrBytes] = [await printed[0], await printed[1]];
  return { exitCode, stdout: stdoutBytes.toString(), stdoutBytes, stderr: stderrBytes.toString() };
}
