/**
 * The heap explorer on one file, run by heap-frames.mjs in a pseudo-terminal: keys are pressed while the snapshot is
 * read, and how late and how long each frame was is written as JSON when it is done.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { HeapThread } from '../../src/heap/heap-thread.ts';
import { drawExplorer } from '../../src/views/heap/explorer-screen.ts';
import { pressInExplorer } from '../../src/views/heap/explorer-keys.ts';
import { ExplorerStore } from '../../src/views/heap/explorer-store.ts';
import { Compositor } from '../../src/views/terminal/compositor.ts';
import { Theme } from '../../src/views/terminal/theme.ts';

const [file = '', worker = '', out = ''] = process.argv.slice(2);
/** Ten a second, as the explorer paints. */
const FRAME_MS = 100;

const compositor = new Compositor(process.stdout, new Theme({ palette: 'dark', depth: 256, ascii: false }));
const thread = new HeapThread(new URL(worker));
const store = new ExplorerStore([file], thread, () => {});
compositor.add({
  rectangle: () => ({ x: 0, y: 0, width: compositor.columns, height: compositor.rows }),
  paint: (surface) => drawExplorer(surface, store.explorer),
});
/** From the moment at which a frame was due to the moment at which it was written. */
const framesMs: number[] = [];
let dueMs = performance.now() + FRAME_MS;
const clock = setInterval(() => {
  const beganMs = performance.now();
  compositor.paint();
  framesMs.push(performance.now() - Math.min(dueMs, beganMs));
  dueMs = beganMs + FRAME_MS;
}, FRAME_MS);
const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();
const startedMs = performance.now();
const read = await store.read();
const readMs = performance.now() - startedMs;
const readingFrames = framesMs.length;
if (!read.ok) throw new Error(read.error.message);
// A user who walks through everything as fast as keys repeat.
for (const key of [
  '2',
  ...Array(30).fill('down'),
  'enter',
  ...Array(30).fill('down'),
  '3',
  'right',
  'down',
  'right',
]) {
  const ui = pressInExplorer(store.explorer, key);
  if (typeof ui !== 'string') store.show(ui);
  await new Promise((resolve) => setTimeout(resolve, 33));
}
clearInterval(clock);
loop.disable();
await thread.close();
writeFileSync(
  out,
  JSON.stringify({
    readMs,
    readingFrames,
    framesMs,
    loopP99Ms: loop.percentile(99) / 1e6,
    loopMaxMs: loop.max / 1e6,
  }),
);
