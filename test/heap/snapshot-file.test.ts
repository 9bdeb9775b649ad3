import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findEdgeBorder } from '../../src/heap/edge-border.ts';
import { analyseHeap, analyseHeapInTwo } from '../../src/heap/heap-graph.ts';
import { performTask } from '../../src/heap/second-tasks.ts';
import type { SecondTask, SecondThread } from '../../src/heap/second-thread.ts';
import { readSnapshotFile } from '../../src/heap/snapshot-file.ts';
import type { HeapColumns } from '../../src/heap/snapshot-columns.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { columnsOf } from './parsing.ts';
import { workerSnapshot } from './worker-snapshot.ts';

let whole: Buffer;
let folder = '';
beforeAll(async () => {
  whole = await workerSnapshot();
  folder = mkdtempSync(join(tmpdir(), 'loopscope-halves-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The second thread's work, done by this one. */
function secondHand(): Pick<SecondThread, 'ask'> & { readonly asked: string[] } {
  const asked: string[] = [];
  const ask = async (task: SecondTask): Promise<never> => {
    asked.push(task.kind);
    return performTask(task) as never;
  };
  return { ask, asked };
}

async function readBothWays(bytes: Buffer) {
  const path = join(folder, 'read.heapsnapshot');
  writeFileSync(path, bytes);
  const second = secondHand();
  const inTwo = await readSnapshotFile(path, second, () => {});
  const alone = await readSnapshotFile(path, null, () => {});
  return { inTwo, alone, asked: second.asked };
}

/** Columns as digests of their bytes, which compare a thousand times faster. */
const packed = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      name,
      ArrayBuffer.isView(each) ? digestOf(each) : each,
    ]),
  );

const digestOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  createHash('sha1')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

/** All that can be compared of a heap. */
const contentOf = ({ strings, locations, ...columns }: HeapColumns) => ({
  ...packed(columns),
  locations: packed(locations),
  strings: Array.from({ length: strings.count }, (_, index) => strings.text(index)),
});

const edgesOf = (bytes: Buffer) => {
  const from = bytes.indexOf('"edges":[') + '"edges":['.length;
  return { from, to: bytes.indexOf(']', from) };
};

describe('a snapshot file', () => {
  it('gives the same columns in two halves as in one', async () => {
    const { inTwo, alone, asked } = await readBothWays(whole);
    if (!inTwo.ok || !alone.ok) throw new Error('it was not read');
    expect(asked).toEqual(['read-half']);
    expect(contentOf(inTwo.value)).toEqual(contentOf(alone.value));
  });

  it('is read alone where nothing but strings is in the middle', async () => {
    const strings = whole.lastIndexOf('"strings":[') + '"strings":['.length;
    // How large the snapshot is differs from run to run; a fifth of the file must lie behind its edges.
    const text = '"x '.repeat(Math.ceil((6 * strings) / '\\"x '.length));
    const bytes = Buffer.concat([
      whole.subarray(0, strings),
      Buffer.from(`"${text.replaceAll('"', '\\"')}",`),
      whole.subarray(strings),
    ]);
    const { inTwo, asked } = await readBothWays(bytes);
    expect(asked).toEqual([]);
    expect(inTwo.ok && inTwo.value.strings.text(0) === text).toBe(true);
  });

  it('may be a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const source = join(folder, 'source.heapsnapshot');
    writeFileSync(source, whole);
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', source, pipe]);
    onTestFinished(() => void writer.kill());
    const read = await readSnapshotFile(pipe, null, () => {});
    expect(read.ok && read.value.nodeCount).toBe(columnsOf(whole).nodeCount);
  });

  it('that is damaged in either half is refused in the words of one that is read alone', async () => {
    const { from, to } = edgesOf(whole);
    const damaged = [0.3, 0.55, 0.9, 0.999].map((share) =>
      whole.subarray(0, Math.floor(whole.length * share)),
    );
    for (const at of [from + 3000, to - 3000]) {
      const bytes = Buffer.from(whole);
      bytes.write('x', at);
      damaged.push(bytes, Buffer.concat([whole.subarray(0, at), Buffer.from('1,1,0,'), whole.subarray(at)]));
    }
    for (const bytes of damaged) {
      const { inTwo, alone } = await readBothWays(bytes);
      expect(alone).toMatchObject({ ok: false, error: { code: 'snapshot-broken' } });
      expect(inTwo).toEqual(alone);
    }
  });
});

describe('the border of an edge', () => {
  it('is found wherever the edges are entered', () => {
    const { layout } = columnsOf(whole);
    const { from, to } = edgesOf(whole);
    const random = randomNumbers(7);
    for (let turn = 0; turn < 40; turn++) {
      const start = from + random(to - from - 60_000);
      const border = findEdgeBorder(whole.subarray(start, start + 50_000), layout)!;
      const separators =
        whole
          .subarray(from, start + border)
          .toString('latin1')
          .split(',').length - 1;
      expect(separators % 3).toBe(0);
      expect(whole.toString('latin1', start + border - 1, start + border)).toMatch(/[,\n]/);
    }
  });

  it('is not seen in nodes and strings', () => {
    const { layout } = columnsOf(whole);
    const nodes = whole.indexOf('"nodes":[') + 500;
    expect(findEdgeBorder(whole.subarray(nodes, nodes + 50_000), layout)).toBeNull();
    expect(findEdgeBorder(whole.subarray(-50_000), layout)).toBeNull();
  });
});

describe('the analysis', () => {
  it('comes to the same in two threads as in one', async () => {
    const one = analyseHeap(columnsOf(whole));
    const two = await analyseHeapInTwo(columnsOf(whole), secondHand());
    for (const part of ['totals', 'constructors', 'distances', 'tree'] as const) {
      expect(packed(two[part])).toEqual(packed(one[part]));
    }
    expect(packed({ bytes: two.heap.shallowBytes })).toEqual(packed({ bytes: one.heap.shallowBytes }));
  });
});
