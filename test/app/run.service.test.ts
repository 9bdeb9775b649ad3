import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProcess } from '../../src/inspector/process-record.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import { endOf, runProgram, startProgram, type ProgramEnd } from '../support/program.ts';
import { startTarget } from '../support/target-process.ts';

const SERVICES = join(import.meta.dirname, 'run');
const LONG_MS = 60_000;

describe('run without a terminal', () => {
  it('passes arguments, output and exit code on, and tells what was seen on stderr', async () => {
    const end = await runProgram(['run', join(SERVICES, 'blocks-at-start.cjs'), '7', '--own-option']);
    expect(end.code).toBe(7);
    // What the service sees of itself is what it would see without us.
    expect(JSON.parse(end.stdout)).toEqual({
      arguments: ['7', '--own-option'],
      execArgv: [],
      nodeOptions: expect.stringMatching(/^--inspect-port=\d+$/),
      ours: [],
    });
    expect(end.stderr).toMatch(/^its own word\n/m);
    expect(end.stderr).not.toContain('Debugger');
    expect(end.stderr).toMatch(/pid \d+, Node v\S+, watched for/);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
  ])('gives the exit code of a shell when the service ends by %s', async (signal, code) => {
    const end = await runProgram(['run', 'node', '-e', `process.kill(process.pid, '${signal}')`]);
    expect(end.code).toBe(code);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'hands %s on, once, as often as it comes',
    async (signal) => {
      const program = await startProgram(['run', join(SERVICES, 'counts-signals.cjs')], /ready/);
      program.child.kill(signal);
      await program.printed(new RegExp(`${signal} 1\n`), LONG_MS);
      program.child.kill(signal);
      const end = await endOf(program);
      expect(end.stdout).toBe(`ready\n${signal} 1\n${signal} 2\n`);
      expect(end.code).toBe(9);
      expect(end.stderr).toMatch(/watched for/);
    },
  );

  it('lets workers, forked children and a cluster start as they would', async () => {
    const end = await runProgram(['run', join(SERVICES, 'starts-others.cjs')]);
    const { stdout } = await runAlone(join(SERVICES, 'starts-others.cjs'));
    expect(linesOf(end.stdout)).toEqual(linesOf(stdout));
    expect(linesOf(end.stdout)).toHaveLength(3);
    expect(end.code).toBe(0);
  });

  it('runs a service unwatched where it may open no inspector, and says so', async () => {
    const end = await runProgram(['run', '--', '--inspect=0', '-e', 'console.log("ran")']);
    expect(end).toMatchObject({ code: 0, stdout: 'ran\n' });
    expect(end.stderr).toMatch(
      /loopscope: --inspect=0 leaves no room .*; the service runs on without being watched/,
    );
  });

  it('passes on what Node says of a script that is not there', async () => {
    const end = await runProgram(['run', 'not-there.js']);
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Cannot find module');
  });

  it('says it when there is nothing to run', async () => {
    expect((await runProgram(['run'])).code).toBe(2);
    const end = await runProgram(['run', '/no/such/place/node', 'app.js']);
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/^loopscope: \/no\/such\/place\/node could not be started/);
  });

  it('leaves nothing behind when it is killed while the service runs', async () => {
    const program = await startProgram(['run', join(SERVICES, 'counts-signals.cjs')], /ready/);
    const service = Number(
      readdirSync('/proc').find((name) => /^\d+$/.test(name) && parentOf(name) === program.pid),
    );
    expect(listeningSocketsOf(service)).toHaveLength(1);
    program.child.kill('SIGKILL');
    try {
      await expect.poll(() => listeningSocketsOf(service), { timeout: LONG_MS, interval: 250 }).toEqual([]);
      expect(() => process.kill(service, 0)).not.toThrow();
    } finally {
      process.kill(service, 'SIGKILL');
    }
  });

  it('keeps no file of the output: it went where the user sent it', async () => {
    const end = await runProgram(['run', 'node', '-e', 'console.log(process.pid)']);
    expect(readdirSync(tmpdir()).join()).not.toContain(`loopscope-run-${end.stdout.trim()}-`);
  });
});

const linesOf = (text: string): readonly string[] => text.trim().split('\n').toSorted();

/** The same service without us. */
async function runAlone(script: string): Promise<ProgramEnd> {
  return endOf(await startTarget([script], { ready: /(?:)/ }));
}

function parentOf(pid: string): number | undefined {
  return readProcess(Number(pid))?.parentPid;
}
