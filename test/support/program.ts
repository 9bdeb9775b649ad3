/** The built program, run as a user runs it: `npm test` builds it first. */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../src/model/report.ts';
import { startTarget, type TargetProcess } from './target-process.ts';

export const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'loopscope.js');

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program without waiting for its end; without a terminal. */
export function startProgram(args: readonly string[], ready: RegExp = /(?:)/): Promise<TargetProcess> {
  return startTarget([PROGRAM, ...args], { ready, env: { NO_COLOR: '1' } });
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[]): Promise<ProgramEnd> {
  return endOf(await startProgram(args));
}

export async function endOf(program: TargetProcess): Promise<ProgramEnd> {
  const { code } = await program.exited;
  // The last words may still be on their way when the process is gone.
  if (program.child.stdout?.closed === false) await once(program.child, 'close');
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

/** The report that `check --json` prints, with its exit code. */
export async function check(
  target: string | number,
  ...options: readonly string[]
): Promise<ProgramEnd & { readonly report: Report }> {
  const end = await runProgram(['check', String(target), '--json', ...options]);
  try {
    return { ...end, report: JSON.parse(end.stdout) as Report };
  } catch {
    throw new Error(`check printed no report: ${end.stderr}`);
  }
}
