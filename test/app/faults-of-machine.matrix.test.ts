/** The machine misbehaves: its clock jumps, its disk is full. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openRecordingFile } from '../../src/app/recording-file.ts';
import type { Report } from '../../src/model/report.ts';
import { endOf, PROGRAM, startProgram } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';
import { startTarget } from '../support/target-process.ts';

const WITHIN_MS = 60_000;
/** Of Debian's faketime: shifts the clock of the processes that load it by what a file says. */
const FAKE_TIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-faults-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it.runIf(existsSync(FAKE_TIME))(
  'a clock that jumps a day ahead and two back leaves the figures as they are',
  async () => {
    const shift = join(temporaryFolder(), 'shift');
    writeFileSync(shift, '+0');
    const env = {
      LD_PRELOAD: FAKE_TIME,
      FAKETIME_TIMESTAMP_FILE: shift,
      FAKETIME_NO_CACHE: '1',
      // As on a real machine: only the wall clock jumps.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    const service = await startSelfObserving(
      'setInterval(() => { const end = performance.now() + 120; while (performance.now() < end); }, 1000).unref();',
      { env },
    );
    const before = await service.ask();
    const program = await startTarget(
      [PROGRAM, 'check', String(service.pid), '--json', '--duration', '6s', '--fail-on', 'never'],
      { ready: /(?:)/, env },
    );
    await expect.poll(async () => (await service.ask()).subscribed, { timeout: WITHIN_MS }).not.toEqual([]);
    const startedMs = Date.now();
    const jumps = [
      [1_500, '+1d'],
      [3_500, '-1d'],
    ] as const;
    for (const [afterMs, to] of jumps) setTimeout(() => writeFileSync(shift, to), afterMs);
    const end = await endOf(program);
    expect(end.code, end.stderr).toBe(0);
    const { window, metrics, findings } = JSON.parse(end.stdout) as Report;
    expect(window.durationMs).toBeGreaterThan(5_000);
    expect(window.durationMs).toBeLessThan(Date.now() - startedMs + 10_000);
    expect(Math.abs(Date.parse(window.startedAt) - startedMs)).toBeLessThan(60_000);
    expect(metrics.eventLoop.stalls.longestMs).toBeLessThan(5_000);
    expect(metrics.eventLoop.stalls.count).toBeGreaterThan(2);
    expect(findings.filter(({ kind }) => kind === 'event-loop-frozen')).toEqual([]);
    await expect.poll(service.ask, { timeout: WITHIN_MS }).toEqual(before);
  },
);

/** Whether file systems may be mounted here. */
function mountTiny(folder: string): boolean {
  mkdirSync(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder]);
  if (status === 0) onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return status === 0;
}

it('a disk that fills up ends a recording, keeps what fitted, and leaves the service as it was', async ({
  skip,
}) => {
  const folder = join(temporaryFolder(), 'tiny');
  if (!mountTiny(folder)) skip('needs the right to mount');
  const file = join(folder, 'incident.loopscope');
  const service = await startSelfObserving();
  const before = await service.ask();
  const program = await startProgram(['record', String(service.pid), '-o', file, '--duration', '10m']);
  const asking = setInterval(() => void service.ask().catch(() => {}), 20);
  onTestFinished(() => clearInterval(asking));
  const { code, stderr } = await endOf(program);
  clearInterval(asking);
  expect(code).toBe(2);
  expect(stderr).toMatch(/incident\.loopscope cannot be written: ENOSPC.*; what was written before opens/);
  const recording = openRecordingFile(file);
  if (!recording.ok) throw new Error(recording.error.message);
  expect(recording.value).toMatchObject({ finished: false, incompleteBytes: 0 });
  expect(recording.value.blockCount).toBeGreaterThan(2);
  recording.value.close();
  await expect.poll(service.ask, { timeout: WITHIN_MS }).toEqual(before);
});
