import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SnapshotWriter } from '../../src/heap/snapshot-writer.ts';

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-writer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'a.heapsnapshot');
}

function open(file: string): SnapshotWriter {
  const writer = SnapshotWriter.open(file);
  if (!writer.ok) throw new Error(writer.error.message);
  return writer.value;
}

describe('writing a snapshot', () => {
  it('makes a file that only its owner can read, and names it when it is whole', () => {
    const file = freshFile();
    const writer = open(file);
    writer.write('{"snapshot"');
    writer.write(':1}');
    expect(existsSync(file)).toBe(false);
    expect(writer.finish()).toMatchObject({ ok: true });
    expect(readFileSync(file, 'utf8')).toBe('{"snapshot":1}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('never overwrites', () => {
    const file = freshFile();
    writeFileSync(file, 'from the incident');
    expect(SnapshotWriter.open(file)).toMatchObject({
      ok: false,
      error: { code: 'snapshot-unwritable', exitCode: 2 },
    });
    expect(readFileSync(file, 'utf8')).toBe('from the incident');
  });

  it('leaves nothing of one that broke off', () => {
    const file = freshFile();
    const writer = open(file);
    writer.write('{');
    writer.discard();
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  it('says why a file cannot be made', () => {
    expect(SnapshotWriter.open('/no/such/folder/a')).toMatchObject({
      ok: false,
      error: { code: 'snapshot-unwritable' },
    });
  });
});
