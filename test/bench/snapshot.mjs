// What `loopscope snapshot` says a snapshot will cost, against what it then costs: per Node version and heap.
//
//   npm run bench:snapshot [-- --node 20,22,24,26 --heaps closures,documents --size 40]
//
// The factor on the clock is what the user sees. The one by CPU time takes out what others did to the processors
// between the estimate and the snapshot. Heaps without a star are those that it was calibrated on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSources } from './sources.mjs';

const { values: given } = parseArgs({
  options: {
    node: { type: 'string', default: '20,22,24,26' },
    heaps: {
      type: 'string',
      default: 'objects,strings,doubles,maps,program,closures,classes,documents,sparse,libraries',
    },
    size: { type: 'string', default: '40' },
  },
});
const CALIBRATED_ON = new Set(['objects', 'strings', 'doubles', 'maps', 'program']);
const MB = 2 ** 20;

const here = import.meta.dirname;
const { attachTo, estimateSnapshotCost, nodeBinary, readSnapshotVitals, systemClock, takeSnapshot } =
  await loadSources({
    'src/inspector/attach.ts': ['attachTo'],
    'src/heap/live-snapshot.ts': ['takeSnapshot'],
    'src/heap/snapshot-estimate.ts': ['estimateSnapshotCost'],
    'src/heap/snapshot-vitals.ts': ['readSnapshotVitals'],
    'src/shared/clock.ts': ['systemClock'],
    'test/node-versions.ts': ['nodeBinary'],
  });
let beyond = 0;
console.log(
  'node heap        used MB   pause ms: estimate  actual  factor  by CPU   extra MB: estimate  actual  factor',
);
for (const major of given.node.split(',').map(Number)) {
  for (const heap of given.heaps.split(',')) await measure(major, heap);
}
console.log(beyond === 0 ? 'none is off by more than two' : `${beyond} are off by more than two`);
process.exit(beyond === 0 ? 0 : 1);

async function measure(major, heap) {
  const args = ['--inspect-port=0', join(here, 'snapshot-heaps.cjs'), heap, given.size];
  const child = spawn(await nodeBinary(major), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(child.stdout, 'data');
    const attached = await attachTo(child.pid);
    if (!attached.ok) throw new Error(attached.error.message);
    const { session } = attached.value;
    const vitals = await readSnapshotVitals(session);
    if (!vitals.ok) throw new Error(vitals.error.kind);
    const estimate = estimateSnapshotCost(vitals.value);
    const { cpuMs } = vitals.value.collection;
    const undisturbed = estimateSnapshotCost({ ...vitals.value, collection: { cpuMs, wallMs: cpuMs } });
    const residentMb = memoryMb(child.pid, 'VmRSS');
    const cpuBeforeMs = mainThreadMs(child.pid);
    const taken = await takeSnapshot(session, [], systemClock);
    if (!taken.ok) throw new Error(taken.error.message);
    const factor = estimate.pauseMs / taken.value.pauseMs;
    const cpuFactor = undisturbed.pauseMs / (mainThreadMs(child.pid) - cpuBeforeMs);
    const extraMb = memoryMb(child.pid, 'VmHWM') - residentMb;
    const extraFactor = estimate.extraBytes / MB / extraMb;
    if ([cpuFactor, extraFactor].some((each) => each > 2 || each < 0.5)) beyond++;
    const name = CALIBRATED_ON.has(heap) ? heap : `${heap}*`;
    const columns = [
      String(major).padEnd(4),
      name.padEnd(11),
      right(vitals.value.heapUsedBytes / MB, 7),
      right(estimate.pauseMs, 20),
      right(taken.value.pauseMs, 8),
      right(factor, 7, 2),
      right(cpuFactor, 7, 2),
      right(estimate.extraBytes / MB, 20),
      right(extraMb, 7),
      right(extraFactor, 7, 2),
    ];
    console.log(columns.join(' '));
    await attached.value.detach();
  } finally {
    child.kill('SIGKILL');
  }
}

function right(value, width, digits = 0) {
  return value.toFixed(digits).padStart(width);
}

function memoryMb(pid, field) {
  const kb = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return Number(kb) / 1024;
}

function mainThreadMs(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
