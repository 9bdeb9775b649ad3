// How long a service stands still for a snapshot that is parsed while it comes, against one whose chunks are thrown
// away, in turns on one process, as the service's own clock has it. Fails above the bar.
//
//   npm run bench:snapshot-pause [-- --node 20,22,24,26 --heap documents --size 60 --rounds 7]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { alternate, exitOnSignals, spreadOf } from './measuring.mjs';
import { loadSources } from './sources.mjs';

const { values: given } = parseArgs({
  options: {
    node: { type: 'string', default: '20,22,24,26' },
    heap: { type: 'string', default: 'documents' },
    size: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '7' },
  },
});
const BAR = 1.05;

const here = import.meta.dirname;
const { attachTo, HeapThread, nodeBinary, systemClock, takeSnapshot } = await loadSources({
  'src/inspector/attach.ts': ['attachTo'],
  'src/heap/heap-thread.ts': ['HeapThread'],
  'src/heap/live-snapshot.ts': ['takeSnapshot'],
  'src/shared/clock.ts': ['systemClock'],
  'test/node-versions.ts': ['nodeBinary'],
});
const worker = join(here, '../../node_modules/.cache/loopscope-bench/heap-worker.mjs');
await build({
  entryPoints: [join(here, '../../src/heap/heap-worker.ts')],
  outfile: worker,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  logLevel: 'error',
});
exitOnSignals();

let missed = false;
for (const major of given.node.split(',').map(Number)) {
  const pauses = await measure(major);
  const ratio = pauses.parsed.median / pauses.dropped.median;
  missed ||= ratio > BAR;
  const told = ({ median, least, most }) =>
    `${median.toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)}) ms`;
  console.log(
    `Node ${major}: parsed ${told(pauses.parsed)}, thrown away ${told(pauses.dropped)}: ${ratio.toFixed(3)} times, bar ${BAR}`,
  );
}
process.exit(missed ? 1 : 0);

async function measure(major) {
  const args = ['--inspect-port=0', join(here, 'snapshot-heaps.cjs'), given.heap, given.size];
  const child = spawn(await nodeBinary(major), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const thread = new HeapThread(pathToFileURL(worker));
  try {
    await once(child.stdout, 'data');
    const attached = await attachTo(child.pid);
    if (!attached.ok) throw new Error(attached.error.message);
    const { session, detach } = attached.value;
    const longestPause = async () => {
      const told = await session.evaluate('globalThis.longestPauseMs()');
      if (!told.ok) throw new Error(told.error.kind);
      return told.value;
    };
    const pauseWith = async (sinks) => {
      await longestPause();
      const taken = await takeSnapshot(session, sinks, systemClock);
      if (!taken.ok) throw new Error(taken.error.message);
      return longestPause();
    };
    // The first one finds the heap as the service left it, the others as a snapshot leaves it.
    await pauseWith([]);
    const results = await alternate(Number(given.rounds), ['parsed', 'dropped'], async (side) => {
      if (side === 'dropped') return pauseWith([]);
      await thread.ask({ kind: 'begin' });
      const pauseMs = await pauseWith([(text) => thread.feed(text)]);
      await thread.ask({ kind: 'finish' });
      return pauseMs;
    });
    await detach();
    return { parsed: spreadOf(results.parsed), dropped: spreadOf(results.dropped) };
  } finally {
    await thread.close();
    end();
    process.off('exit', end);
  }
}
