/** `loopscope snapshot` and `loopscope heap` as a user calls them, on a service that grows. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runHeap } from '../../src/app/commands/heap.ts';
import { runSnapshot } from '../../src/app/commands/snapshot.ts';
import { runCommand } from '../support/command-run.ts';
import { startTarget } from '../support/target-process.ts';
import { bundleHeapWorker } from './heap-worker-bundle.ts';

let worker: URL;
beforeAll(async () => {
  worker = await bundleHeapWorker();
});

const startService = () => startTarget([join(import.meta.dirname, 'leaks/a-map-without-bounds.mjs')]);

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-commands-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('snapshot and heap', () => {
  it('take the heap of a service twice and say what holds the growth', async () => {
    const service = await startService();
    const folder = freshFolder();
    const [before, after] = [join(folder, 'before.heapsnapshot'), join(folder, 'after.heapsnapshot')];

    const first = await runCommand((io) => runSnapshot(String(service.pid), { output: before }, io));
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toMatch(/will stand still for about [\d.]+ s and take about \d+M more memory/);
    expect(first.stdout).toMatch(/the service stood still for [\d.]+ s/);
    expect(statSync(before).mode & 0o777).toBe(0o600);

    service.child.kill('SIGUSR2');
    await service.printed(/leaked/);
    const second = await runCommand((io) =>
      runSnapshot(String(service.pid), { output: after, json: true }, io),
    );
    expect(JSON.parse(second.stdout)).toMatchObject({
      schema: 'loopscope.snapshot/1',
      file: after,
      jsonBytes: statSync(after).size,
    });

    const growth = await runCommand((io) => runHeap(before, after, { worker }, io));
    expect(growth).toMatchObject({ exitCode: 0, stderr: '' });
    expect(growth.stdout.split('\n')[0]).toMatch(/held by Map at .*variable sessionsByToken: 300 x Session/);

    const overview = await runCommand((io) => runHeap(after, undefined, { worker, json: true }, io));
    const summary = JSON.parse(overview.stdout) as {
      schema: string;
      constructors: { name: string; place: string }[];
    };
    expect(summary.schema).toBe('loopscope.heap/1');
    const session = summary.constructors.find(({ name }) => name === 'Session');
    expect(session?.place).toMatch(/a-map-without-bounds\.mjs:\d+$/);
  });

  it('leave the service as it was, also when interrupted in the middle', async () => {
    const service = await startService();
    const folder = freshFolder();
    const output = join(folder, 'a.heapsnapshot');
    const interruption = new AbortController();
    const running = runCommand((io) => runSnapshot(String(service.pid), { output }, io), {
      interrupted: interruption.signal,
    });
    await expect.poll(() => existsSync(`${output}.partial`), { timeout: 20_000, interval: 5 }).toBe(true);
    interruption.abort('SIGINT');
    expect(await running).toMatchObject({ exitCode: 130 });
    // V8 cannot be stopped: what came whole meanwhile is kept, half a snapshot never is.
    expect(existsSync(`${output}.partial`)).toBe(false);
    if (existsSync(output)) {
      expect(await runCommand((io) => runHeap(output, undefined, { worker }, io))).toMatchObject({
        exitCode: 0,
      });
    }
    service.child.kill('SIGUSR2');
    await service.printed(/leaked/);
    service.child.kill('SIGTERM');
    expect(await service.exited).toMatchObject({ signal: 'SIGTERM' });
  });

  it('say in one line what is wrong with a file', async () => {
    const missing = await runCommand((io) =>
      runHeap('/no/such.heapsnapshot', undefined, { worker, json: true }, io),
    );
    expect(missing).toMatchObject({ exitCode: 2 });
    expect(missing.stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      schema: 'loopscope.error/1',
      code: 'snapshot-unreadable',
    });
  });
});
