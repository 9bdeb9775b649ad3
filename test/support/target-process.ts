/** A real process to attach to: started for one test, ready when it says so, always gone afterwards. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface TargetOptions {
  /** The program to run; default is the Node that runs the tests. */
  readonly executable?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the process prints when it is ready. */
  readonly ready?: RegExp;
  /** Milliseconds until a process that is not ready fails the test. */
  readonly readyWithinMs?: number;
}

export interface TargetProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything printed so far. */
  stdout(): string;
  stderr(): string;
  /** The first match of a pattern in what it prints on stdout, now or later. */
  printed(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 20_000;
/** Not Node's own, and another in each run: neither a debugger that is open nor another run may decide about tests. */
const DEBUG_PORT = 20_000 + (process.pid % 8000);

/** Starts a process that prints `ready` (a script should say it once it listens), and kills it after the test. */
export async function startTarget(
  args: readonly string[],
  options: TargetOptions = {},
): Promise<TargetProcess> {
  const child = spawn(options.executable ?? process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...targetEnvironment(process.env), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };
  // A service that hangs in a test must not outlive it, and neither may one that ignores every polite signal.
  onTestFinished(kill);
  await once(child, 'spawn');

  const printed = (pattern: RegExp, withinMs = READY_WITHIN_MS): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const said = (): string => `${child.pid} printed: ${stdout}${stderr}`;
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match === null) return;
        stopLooking();
        resolve(match);
      };
      const giveUp = (why: string) => (): void => {
        stopLooking();
        reject(new Error(`no ${pattern} ${why}; ${said()}`));
      };
      const tooLate = giveUp(`within ${withinMs} ms`);
      const ended = giveUp('before it ended');
      const deadline = setTimeout(tooLate, withinMs);
      const stopLooking = (): void => {
        clearTimeout(deadline);
        child.stdout.off('data', look);
        child.off('close', ended);
      };
      child.stdout.on('data', look);
      child.on('close', ended);
      look();
    });

  const target: TargetProcess = {
    pid: child.pid ?? -1,
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    printed,
    exited,
    kill,
  };
  await printed(options.ready ?? /ready/, options.readyWithinMs);
  return target;
}

/** Starts `node -e script`; the script prints `ready` by itself when `announce` is left on. */
export const startScript = (
  script: string,
  options: TargetOptions & { readonly flags?: readonly string[]; readonly announce?: boolean } = {},
): Promise<TargetProcess> => {
  const announced = options.announce === false ? script : `${script}\n;console.log('ready');`;
  return startTarget([...(options.flags ?? []), '-e', announced], options);
};

/** The test runner's own options (loaders, coverage, inspectors) must not reach the service under test. */
function targetEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_V8_COVERAGE: _coverage, VITEST: _vitest, ...rest } = env;
  return { ...rest, NODE_OPTIONS: `--inspect-port=${DEBUG_PORT}` };
}
