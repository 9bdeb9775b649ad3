/** One run of our own analysis, in a process of its own: node own-run.mjs FILE [--parse] [--dump FILE]. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { HeapGraph } from '../../src/heap/heap-graph.ts';
import { SecondThread } from '../../src/heap/second-thread.ts';
import { readSnapshotFile } from '../../src/heap/snapshot-file.ts';
import { openSnapshotFile } from '../../src/heap/snapshot-opening.ts';

const [file = '', ...options] = process.argv.slice(2);
/** The program's own, bundled beside this file. */
const startSecond = (): SecondThread => new SecondThread(new URL('./heap-worker.mjs', import.meta.url));

if (options.includes('--parse')) {
  const second = startSecond();
  const parsed = await readSnapshotFile(file, second, () => {});
  if (!parsed.ok) throw new Error(parsed.error.message);
  await second.close();
} else {
  const graph = await openSnapshotFile(file, startSecond, () => {});
  if (!graph.ok) throw new Error(graph.error.message);
  const dump = options.indexOf('--dump');
  if (dump >= 0) writeFileSync(options[dump + 1]!, JSON.stringify(byConstructor(graph.value)));
}
const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1];
console.log(JSON.stringify({ peakMb: Math.round(Number(peakKb) / 1024) }));

/** By DevTools' class key: instances, shallow and retained bytes, distance. */
function byConstructor({ constructors, totals }: HeapGraph): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  constructors.keys.forEach((key, index) => {
    if (totals.instances[index] === 0) return;
    const { instances, shallowBytes, retainedBytes, distances } = totals;
    result[key] = [instances[index]!, shallowBytes[index]!, retainedBytes[index]!, distances[index]!];
  });
  return result;
}
