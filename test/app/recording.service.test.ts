/** Recordings of real services: they say what was seen, and whatever happens to their making leaves a file. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CommandIo } from '../../src/app/command-io.ts';
import { openRecordingFile, type RecordingFile } from '../../src/app/recording-file.ts';
import { RecordingWriter } from '../../src/app/recording-writer.ts';
import { openSessionInput } from '../../src/app/session-input.ts';
import { openTarget } from '../../src/app/target-session.ts';
import { diagnose } from '../../src/diagnosis/diagnosis.ts';
import { createEventBatch, type EventBlock } from '../../src/exports/event-batch.ts';
import { createReport } from '../../src/exports/json-report.ts';
import { redactEvent } from '../../src/exports/recording-redaction.ts';
import { runLoad } from '../../src/load/run-load.ts';
import type { Report } from '../../src/model/report.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { selectWholeSpan } from '../../src/timeline/session-selectors.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import { serviceNamed } from '../services/catalogue.ts';
import { startService } from '../services/start-service.ts';
import { endOf, PROGRAM, runProgram, startProgram } from '../support/program.ts';
import { startSelfObserving } from '../support/self-observing.ts';
import { startTarget, type TargetProcess } from '../support/target-process.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loopscope-recording-'));
  file = join(folder, 'incident.loopscope');
  return () => rmSync(folder, { recursive: true, force: true });
});

function io(): CommandIo {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    clock: systemClock,
    interrupted: new AbortController().signal,
    takeSignals: () => () => {},
  };
}

function reportOf(timeline: Timeline): Report {
  const span = selectWholeSpan(timeline);
  if (!span) throw new Error('nothing was seen');
  return createReport(timeline, span, diagnose(timeline, span), 'test');
}

function opened(path = file): RecordingFile {
  const recording = openRecordingFile(path);
  if (!recording.ok) throw new Error(recording.error.message);
  onTestFinished(() => recording.value.close());
  return recording.value;
}

/** Blocks that a reader would find now; none where there is no recording yet. */
function blocksWritten(): number {
  const recording = openRecordingFile(file);
  if (!recording.ok) return 0;
  recording.value.close();
  return recording.value.blockCount;
}

/** Waits until the file holds some seconds. */
const untilWritten = (): Promise<void> =>
  expect.poll(blocksWritten, { timeout: 60_000, interval: 200 }).toBeGreaterThan(3);

const record = (service: TargetProcess, ...options: readonly string[]): Promise<TargetProcess> =>
  startProgram(['record', String(service.pid), '-o', file, ...options]);

describe('a recording', () => {
  it('gives the report of the session that it was made from', async () => {
    const service = await startService(serviceNamed('http-blocks-in-sort'));
    const ending = new AbortController();
    onTestFinished(() => ending.abort());
    void runLoad(service.plan(60_000), { clock: systemClock, signal: ending.signal });
    const writer = RecordingWriter.open(file, { maxBytes: 1e9, redacted: true });
    if (!writer.ok) throw new Error(writer.error.message);
    const batch = createEventBatch(redactEvent);
    const write = (block: EventBlock | null): void => void (block && writer.value.write(block));
    const session = await openTarget(String(service.pid), io(), {
      onEvent: (event) => write(batch.add(event)),
    });
    if (!session.ok) throw new Error(session.error.message);
    await expect
      .poll(() => reportOf(session.value.timeline).findings[0]?.kind, { timeout: 40_000, interval: 500 })
      .toBe('event-loop-blocked');
    await session.value.close();
    write(batch.flush());
    expect(writer.value.finish()).toEqual({ ok: true, value: undefined });

    const replayed = await openSessionInput(file, io(), { duration: 1 });
    if (!replayed.ok) throw new Error(replayed.error.message);
    expect(reportOf(replayed.value.timeline)).toEqual(reportOf(session.value.timeline));
    expect(replayed.value).toMatchObject({ exitCode: 0, ended: { kind: 'watched' } });
  });
});

describe('loopscope record', () => {
  it('writes for its owner alone, says where, and never over a file', async () => {
    const service = await startSelfObserving();
    const before = await service.ask();
    const first = await endOf(await record(service, '--duration', '2s'));
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`loopscope replay ${file}`) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(opened()).toMatchObject({ finished: true, head: { redacted: true, trimmed: false } });
    expect(await service.ask()).toEqual(before);

    const second = await endOf(await record(service, '--duration', '2s'));
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('it exists already') });
  });

  it('leaves no file where nothing was seen', async () => {
    const { code } = await runProgram(['record', '999999999', '-o', file]);
    expect(code).toBe(3);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves a whole file when it is interrupted', async () => {
    const service = await startSelfObserving();
    const program = await record(service);
    await untilWritten();
    program.child.kill('SIGINT');
    expect((await endOf(program)).code).toBe(130);
    expect(opened().finished).toBe(true);
  });

  it('leaves a whole file when the service is killed, with how it ended', async () => {
    const service = await startSelfObserving();
    const program = await record(service);
    await untilWritten();
    await service.kill();
    expect((await endOf(program)).code).toBe(4);
    const recording = opened();
    const events = recording.readBlock(recording.blockCount - 1).events;
    expect(events).toContainEqual(expect.objectContaining({ kind: 'connection', state: 'ended' }));
    expect(recording.finished).toBe(true);
  });

  it('leaves a file that opens when it is itself killed', async () => {
    const service = await startSelfObserving();
    const program = await record(service);
    await untilWritten();
    program.child.kill('SIGKILL');
    await program.exited;
    const input = await openSessionInput(file, io(), { duration: 1 });
    if (!input.ok) throw new Error(input.error.message);
    expect(input.value.timeline.session?.target.pid).toBe(service.pid);
    expect(input.value.span.toMs - input.value.span.fromMs).toBeGreaterThan(1_000);
    expect(opened().finished).toBe(false);
  });

  it('ends at a disk that takes no more, keeps what fitted, and leaves the service as it was', async () => {
    const service = await startSelfObserving();
    const before = await service.ask();
    // A file may grow to 4 KB: a write behind that fails as on a full disk.
    const limited = 'ulimit -f 4; exec "$0" "$@"';
    const program = await startTarget(
      ['-c', limited, process.execPath, PROGRAM, 'record', String(service.pid), '-o', file],
      { executable: '/bin/bash', ready: /(?:)/ },
    );
    const { code, stderr } = await endOf(program);
    expect(code).toBe(2);
    expect(stderr).toMatch(/incident\.loopscope cannot be written: .*; what was written before opens/);
    expect(opened()).toMatchObject({ finished: false, incompleteBytes: 0 });
    expect(opened().blockCount).toBeGreaterThan(1);
    await expect.poll(service.ask, { timeout: 10_000 }).toEqual(before);
  });

  it('keeps the newest and the beginning of the session within its size', async () => {
    const service = await startSelfObserving();
    const program = await record(service, '--max-size', '4KB');
    const isTrimmed = (): boolean => blocksWritten() > 1 && opened().head.trimmed;
    await expect.poll(isTrimmed, { timeout: 60_000, interval: 200 }).toBe(true);
    program.child.kill('SIGINT');
    expect((await endOf(program)).code).toBe(130);
    expect(statSync(file).size).toBeLessThanOrEqual(4_200);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['incident.loopscope']);
    const recording = opened();
    expect(recording.finished).toBe(true);
    expect(recording.readBlock(0).events[0]?.kind).toBe('session-started');
  });

  it('needs a terminal to be replayed on, and says what needs none', async () => {
    const { code, stderr } = await runProgram(['replay', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('loopscope report FILE');
  });
});
