import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listenersOffMainLoop } from '../../src/inspector/debug-port.ts';
import { nodeTreeOf } from '../../src/inspector/process-tree.ts';
import type { FleetReport } from '../../src/model/fleet-report.ts';
import { check, runProgram, type ProgramEnd } from '../support/program.ts';
import { startScript, startTarget, type TargetProcess } from '../support/target-process.ts';

const CLUSTER = join(import.meta.dirname, 'fleet', 'cluster.cjs');
const BLOCKS =
  'function blockAlone() { const end = Date.now() + 150; while (Date.now() < end); } setInterval(blockAlone, 400);';
const LONG_MS = 60_000;

interface Cluster extends TargetProcess {
  /** The blocking ones first. */
  readonly workers: readonly number[];
}

/** In the command lines of the cluster of this run: others may run as well. */
const MARK = `fleet-of-${process.pid}`;

async function startCluster(env: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const ready = /ready (\d+) (\d+) (\d+)/;
  const primary = await startTarget([CLUSTER, MARK], { ready, env });
  const [, ...pids] = await primary.printed(ready);
  return { ...primary, workers: pids.map(Number) };
}

async function checkFleet(
  ...args: readonly string[]
): Promise<ProgramEnd & { readonly report: FleetReport }> {
  const end = await runProgram(['check', '--json', '--duration', '6s', ...args]);
  return { ...end, report: JSON.parse(end.stdout) as FleetReport };
}

/** Who of them has an inspector open. */
const inspected = (pids: readonly number[]): readonly number[] =>
  pids.filter((pid) => listenersOffMainLoop(pid).length > 0);

describe('check --tree on a cluster', () => {
  it('says once what several workers have, and leaves no inspector behind', async () => {
    const cluster = await startCluster();
    const { code, report } = await checkFleet('--tree', String(cluster.pid), '--fail-on', 'never');
    expect(code).toBe(0);
    expect(report.schema).toBe('loopscope.fleet/1');
    const pids = report.processes.map(({ target }) => target.pid);
    expect(new Set(pids)).toEqual(new Set([cluster.pid, ...cluster.workers]));
    expect(report.unattached).toEqual([]);
    const together = report.findings.find(({ culprits }) => culprits[0]?.function === 'blockTogether');
    expect(together?.kind).toBe('event-loop-blocked');
    expect(new Set(together?.processes)).toEqual(new Set(cluster.workers.slice(0, 2)));
    expect(report.readiness).toHaveLength(6);
    expect(inspected(pids)).toEqual([]);
    expect(cluster.stderr()).not.toContain('failed');
  });

  it('finds the root by what its workers have in common', async () => {
    const cluster = await startCluster({ NODE_NO_WARNINGS: '1' });
    const { report } = await checkFleet('--tree', MARK);
    expect(report.processes.map(({ target }) => target.pid)).toContain(cluster.pid);
    expect(report.processes).toHaveLength(4);
  });
});

describe('record --tree on a cluster', () => {
  it('writes a recording of each process into a new folder, and each opens like any other', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'loopscope-fleet-')), 'incident');
    onTestFinished(() => rmSync(dirname(folder), { recursive: true, force: true }));
    const cluster = await startCluster();
    const pids = [cluster.pid, ...cluster.workers];
    const tree = ['record', '--tree', String(cluster.pid), '--duration', '6s', '-o', folder];
    const end = await runProgram(tree);
    expect(end.code).toBe(0);
    expect(end.stdout).toContain(`${folder}: 4 recordings`);
    expect(new Set(readdirSync(folder))).toEqual(new Set(pids.map((pid) => `${pid}.loopscope`)));
    expect(inspected(pids)).toEqual([]);

    const [blocks] = cluster.workers;
    const page = await runProgram(['report', join(folder, `${blocks}.loopscope`), '--format', 'markdown']);
    expect(page.stdout).toContain('blockTogether');
    const again = await runProgram(tree);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('it exists already');
  });

  it('leaves no folder where nothing could be attached to', async () => {
    const folder = join(tmpdir(), `loopscope-fleet-${process.pid}`);
    const handles = await startScript("process.on('SIGUSR1', () => {}); setInterval(() => {}, 1000)");
    const end = await runProgram(['record', '--tree', String(handles.pid), '-o', folder]);
    expect(end.code).toBe(3);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('the primary of a cluster alone', () => {
  it('is watched without an inspector of a worker being left open', async () => {
    const cluster = await startCluster();
    const { code } = await check(cluster.pid, '--duration', '2s');
    expect(code).toBe(0);
    expect(inspected([cluster.pid, ...cluster.workers])).toEqual([]);
  });

  it('is refused when the signal, passed on by Node, would run the code of a worker', async () => {
    const cluster = await startCluster({ THIRD: 'handles' });
    const end = await runProgram(['check', String(cluster.pid), '--duration', '1s']);
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(
      new RegExp(`passes the signal on to its workers; process ${cluster.workers[2]} `),
    );
    expect(cluster.stdout()).not.toContain('its own handler ran');
    expect(inspected([cluster.pid, ...cluster.workers])).toEqual([]);
  });
});

describe('check on several services', () => {
  it('gives one diagnosis, names the processes, and the exit code of the worst', async () => {
    const [blocks, idle] = await Promise.all([
      startScript(BLOCKS),
      startScript('setInterval(() => {}, 1000)'),
    ]);
    const pids = [String(blocks.pid), String(idle.pid)];
    const { code, report, stderr } = await checkFleet(...pids, '--fail-on', 'warning');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(report.processes.map(({ target }) => target.pid)).toEqual([blocks.pid, idle.pid]);
    const alone = report.findings.find(({ culprits }) => culprits[0]?.function === 'blockAlone');
    expect(alone?.processes).toEqual([blocks.pid]);

    const text = await runProgram(['check', ...pids, '--duration', '3s', '--fail-on', 'never']);
    expect(text.stdout).toMatch(new RegExp(`^. +${blocks.pid} +\\d+% `, 'm'));
    expect(text.stdout).toMatch(new RegExp(`^ +${idle.pid} +\\d+% `, 'm'));
    expect(text.stdout).toContain(`on process ${blocks.pid}`);
  });

  it('watches the others when one cannot be attached to, says why, and ends with code 3', async () => {
    const [idle, handles] = await Promise.all([
      startScript('setInterval(() => {}, 1000)'),
      startScript("process.on('SIGUSR1', () => {}); setInterval(() => {}, 1000)"),
    ]);
    const end = await checkFleet(String(idle.pid), String(handles.pid));
    expect(end.code).toBe(3);
    expect(end.report.processes.map(({ target }) => target.pid)).toEqual([idle.pid]);
    expect(end.report.unattached).toMatchObject([
      { target: String(handles.pid), code: 'own-sigusr1-handler' },
    ]);
    expect(end.stderr).toContain('handles SIGUSR1 itself');
  });

  it('touches none when one of them is unknown, and loads only one at a time', async () => {
    const idle = await startScript('setInterval(() => {}, 1000)');
    const unknown = await runProgram(['check', String(idle.pid), 'no-such-service']);
    expect(unknown.code).toBe(3);
    expect(idle.stderr()).toBe('');
    const loaded = await runProgram(['check', String(idle.pid), '--tree', '--load', 'http://127.0.0.1:1/']);
    expect(loaded.code).toBe(2);
  });

  it('ends early, with code 4, when all of them have ended', async () => {
    const ending = 'setTimeout(() => process.exit(), 5000)';
    const services = await Promise.all([startScript(ending), startScript(ending)]);
    const pids = services.map(({ pid }) => String(pid));
    const end = await runProgram(['check', ...pids, '--duration', '60s', '--json']);
    expect(end.code).toBe(4);
    expect((JSON.parse(end.stdout) as FleetReport).processes).toHaveLength(2);
  });
});

it('sees a tree through what stands between its Node processes', async () => {
  const root = await startScript(
    `const inner = "console.log('inner ' + process.pid); setInterval(() => {}, 1000)";
     require('node:child_process').spawn('sh', ['-c', 'node -e "$INNER"; true'], { stdio: 'inherit', env: { ...process.env, INNER: inner } });
     process.on('exit', () => {});`,
  );
  const [, inner] = await root.printed(/inner (\d+)/, LONG_MS);
  await expect
    .poll(() => nodeTreeOf(root.pid).map(({ pid }) => pid), { timeout: LONG_MS })
    .toEqual([root.pid, Number(inner)]);
  process.kill(Number(inner), 'SIGKILL');
});
