/** One run of our own analysis, in a process of its own: node own-run.mjs FILE [--parse] [--dump FILE]. */
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { analyseHeap } from '../../src/heap/heap-graph.ts';
import type { HeapGraph } from '../../src/heap/heap-graph.ts';
import { SnapshotParser } from '../../src/heap/snapshot-parser.ts';

const [file = '', ...options] = process.argv.slice(2);
const parser = new SnapshotParser(statSync(file).size);
const handle = openSync(file, 'r');
const chunk = Buffer.allocUnsafeSlow(1 << 17);
for (let length = readSync(handle, chunk); length > 0; length = readSync(handle, chunk)) {
  parser.write(chunk.subarray(0, length));
}
closeSync(handle);
const parsed = parser.end();
if (!parsed.ok) throw new Error(parsed.error.message);
if (!options.includes('--parse')) {
  const graph = analyseHeap(parsed.value);
  const dump = options.indexOf('--dump');
  if (dump >= 0) writeFileSync(options[dump + 1]!, JSON.stringify(byConstructor(graph)));
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
