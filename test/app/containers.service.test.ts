/** The program and a service in a container: from the host, from inside, and from beside it. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pollUntil } from '../../src/inspector/polling.ts';
import { listeningSocketsOf } from '../../src/inspector/socket-table.ts';
import type { Report } from '../../src/model/report.ts';
import { canContain, startInContainer, type Container, type ContainerOptions } from '../support/container.ts';
import { check, endOf, PROGRAM, runProgram } from '../support/program.ts';
import { startTarget, type TargetProcess } from '../support/target-process.ts';

const SERVICE = join(import.meta.dirname, '..', 'services', 'slim', 'blocks-without-packages.cjs');
const INSIDE = ['/bin/node', '/loopscope/bin/loopscope.js'];
const BESIDE = [process.execPath, PROGRAM];
const CHECK = ['check', '1', '--json', '--duration', '2s', '--fail-on', 'never'];

const start = (options?: ContainerOptions): Promise<Container> => startInContainer(SERVICE, options);
const MB = 2 ** 20;

/** Groups of a container, in cgroup v1; null where the machine has none or lets nobody make them. */
function limitedGroups(): readonly string[] | null {
  const limits = {
    memory: { 'memory.limit_in_bytes': 512 * MB },
    cpu: { 'cpu.cfs_period_us': 100_000, 'cpu.cfs_quota_us': 50_000 },
  };
  try {
    return Object.entries(limits).map(([controller, files]) => {
      const folder = `/sys/fs/cgroup/${controller}/loopscope-test-${process.pid}`;
      mkdirSync(folder);
      onTestFinished(async () => {
        // The kernel takes its last process out a moment after that has ended.
        await pollUntil(() => removed(folder), { everyMs: 50, withinMs: 10_000 });
      });
      for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), String(value));
      return folder;
    });
  } catch {
    return null;
  }
}

function removed(folder: string): true | null {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return null;
  }
}

/** What the program says of the service, wherever it was looked at from. */
async function reportFrom(program: Promise<TargetProcess>): Promise<Report> {
  const { stdout, stderr } = await endOf(await program);
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`no report: ${stderr}`);
  }
}

function expectDiagnosed({ findings }: Report, container: Container): void {
  expect(findings[0]).toMatchObject({
    kind: 'event-loop-blocked',
    routes: ['GET /price'],
  });
  expect(findings[0]?.culprits[0]).toMatchObject({
    function: 'burnCpu',
    file: '/app/blocks-without-packages.cjs',
    line: 4,
  });
  expect(listeningSocketsOf(container.pid).map(({ port }) => port)).toEqual([38713]);
  expect(container.service.stderr()).not.toContain('already in use');
}

describe.runIf(canContain)(
  'a service in a container (read-only root, no /tmp, a user without rights)',
  () => {
    test('is diagnosed from the host, through its network, and left as it was', async () => {
      const container = await start();
      const { report, code } = await check(container.pid, '--duration', '2s', '--fail-on', 'never');
      expect(code).toBe(0);
      expect(report.target).toMatchObject({ pid: container.pid, attachedBy: 'sigusr1' });
      expectDiagnosed(report, container);
    });

    test('is found by the port that it serves on in there', async () => {
      const container = await start();
      const { report } = await check(':38713', '--duration', '1s', '--fail-on', 'never');
      expect(report.target.pid).toBe(container.pid);
    });

    test('is listed on the host, and no helper of ours is', async () => {
      const container = await start();
      const watching = check(container.pid, '--duration', '3s', '--fail-on', 'never');
      const { stdout } = await runProgram(['ps']);
      expect(stdout).toContain('blocks-without-packages.cjs');
      expect(stdout).not.toContain('relay');
      await watching;
    });

    test('is diagnosed from inside, by its own user', async () => {
      const container = await start();
      expectDiagnosed(await reportFrom(container.exec([...INSIDE, ...CHECK])), container);
    });

    test('is diagnosed from beside it, with its pids and its network but other files', async () => {
      const container = await start();
      expectDiagnosed(await reportFrom(container.beside([...BESIDE, ...CHECK], { userId: 0 })), container);
    });

    test('is told with the limits of its control groups', async ({ skip }) => {
      const groups = limitedGroups();
      if (groups === null) return skip('no cgroup v1 here, or none can be made');
      const container = await start({ groups });
      const { report } = await check(container.pid, '--duration', '1s', '--fail-on', 'never');
      expect(report.target).toMatchObject({ cores: 0.5, cgroupMemoryLimit: 512 * MB });
    });

    test('is not said to be missing where /proc hides it', async () => {
      const container = await start({ procOptions: '-o hidepid=2' });
      const { stdout } = await endOf(await container.exec([...INSIDE, ...CHECK], { userId: 4712 }));
      expect(JSON.parse(stdout)).toMatchObject({ code: 'hidden-process' });
    });

    test.each([
      ['by root without CAP_SYS_PTRACE', { userId: 0, without: ['sys_ptrace'] }, 'capability-missing'],
      ['by root without CAP_KILL', { userId: 0, without: ['kill'] }, 'signal-not-permitted'],
      ['by another user', { userId: 4712 }, 'other-user'],
    ] as const)('is refused %s, with what lacks', async (_, options, code) => {
      const container = await start();
      const { stdout, code: exitCode } = await endOf(await container.exec([...INSIDE, ...CHECK], options));
      expect(exitCode).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({ schema: 'loopscope.error/1', code });
    });

    test('is refused by root that may not enter its network', async () => {
      const container = await start();
      const command = [
        '--bounding-set=-sys_admin',
        '--',
        ...BESIDE,
        'check',
        String(container.pid),
        '--json',
      ];
      const program = await startTarget(command, { executable: 'setpriv', ready: /(?:)/ });
      const { stdout } = await endOf(program);
      expect(JSON.parse(stdout)).toMatchObject({ code: 'other-network-namespace' });
      expect(container.service.stderr()).not.toContain('Debugger listening');
    });
  },
);
