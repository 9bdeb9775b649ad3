/**
 * One run of `npm run bench:ui`, in a process and a pseudo-terminal of its own:
 *
 *   node --expose-gc ui-run.mjs screens|bare|replay RESULT_FILE [frames per second] [seconds or hours]
 *
 * `screens` is the program's own UI on synthetic events, `bare` draws the same panels at fixed places and writes the
 * changed cells, with no Ink, keys or layout. `replay` feeds hours of events as fast as the UI takes them.
 */
import { writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { createScreenData, FigureCache, type TimelineSource } from '../../src/presentation/screen-data.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import { openTerminalUi } from '../../src/views/open-screen.tsx';
import { Compositor } from '../../src/views/terminal/compositor.ts';
import { HeldTerminal } from '../../src/views/terminal/held-terminal.ts';
import { ScreenDiff } from '../../src/views/terminal/screen-diff.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme } from '../../src/views/terminal/theme.ts';
import { INITIAL_UI, windowMs } from '../../src/views/ui-state.ts';
import type { View } from '../../src/views/view.ts';
import {
  DEFAULT_SYNTHETIC,
  SyntheticService,
  SYNTHETIC_FINDINGS,
  SYNTHETIC_READINESS,
} from '../terminal/synthetic-timeline.ts';
import { overviewPlaces } from './overview-places.ts';
import { shiftEvent } from './shift-event.ts';

const [mode = 'screens', resultFile = '', rate = '4', length = '8'] = process.argv.slice(2);
const framesPerSecond = Number(rate);

/** 20 routes, 2,000 functions, stalls: the heavy data of the budgets. */
const service = new SyntheticService({ ...DEFAULT_SYNTHETIC, functions: 2_000 });
/** Five minutes: the past of the default window many times over. */
const PAST_STEPS = 1_200;
const STEP_MS = 250;
/** The compiler and the caches need this long. */
const WARM_UP_MS = 8_000;

const timeline = createTimeline();
const listeners = new Set<() => void>();
const seen = { commits: 0, frames: 0, bytes: 0, paintMs: [] as number[] };

// React tells its developer tools of each commit, in production as well.
Object.assign(globalThis, {
  __REACT_DEVTOOLS_GLOBAL_HOOK__: {
    supportsFiber: true,
    inject: () => 1,
    onCommitFiberRoot: () => seen.commits++,
    onCommitFiberUnmount: () => {},
    onPostCommitFiberRoot: () => {},
  },
});

const paint = Reflect.get(Compositor.prototype, 'paint');
Compositor.prototype.paint = function timedPaint(this: Compositor): void {
  const startedMs = performance.now();
  paint.call(this);
  seen.paintMs.push(performance.now() - startedMs);
  seen.frames = this.statistics.frames;
  seen.bytes = this.statistics.bytes;
};

const take = (event: TimelineEvent): void => reduceTimeline(timeline, event);
const notify = (): void => {
  for (const listener of listeners) listener();
};
const source: TimelineSource = {
  timeline: () => timeline,
  findings: () => SYNTHETIC_FINDINGS,
  readiness: () => SYNTHETIC_READINESS,
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

take(service.start());
if (mode === 'replay') await replay(Number(length));
else await live(Number(length) * 1_000);

async function live(measuredMs: number): Promise<void> {
  for (let i = 0; i < PAST_STEPS; i++) for (const event of service.step()) take(event);
  // Made beforehand: the making is no cost of the screens.
  const coming: TimelineEvent[][] = [];
  const steps = (WARM_UP_MS + measuredMs + 5_000) / STEP_MS;
  for (let i = 0; i < steps; i++) coming.push([...service.step()]);
  let waiting: TimelineEvent[] = [];
  const openedMs = performance.now();
  let given = 0;
  // Signals come one after another, spread over the quarter of a second, at the pace of the frames or faster.
  const tickMs = Math.min(STEP_MS, 1_000 / framesPerSecond);
  const feed = setInterval(() => {
    const due = Math.floor((performance.now() - openedMs) / STEP_MS);
    for (; given < due && given < coming.length; given++) waiting.push(...(coming[given] ?? []));
    const batch = waiting.splice(0, Math.ceil((waiting.length * tickMs) / STEP_MS));
    for (const event of batch) take(event);
    if (batch.length > 0) notify();
  }, tickMs);
  setTimeout(() => {
    globalThis.gc?.();
    const before = { ...seen, cpu: process.cpuUsage(), atMs: performance.now() };
    setTimeout(() => {
      const cpu = process.cpuUsage(before.cpu);
      const elapsedMs = performance.now() - before.atMs;
      const frames = seen.frames - before.frames;
      finish({
        cpuShare: (cpu.user + cpu.system) / 1_000 / elapsedMs,
        cpuMsPerFrame: (cpu.user + cpu.system) / 1_000 / frames,
        framesPerSecond: (frames * 1_000) / elapsedMs,
        bytesPerFrame: (seen.bytes - before.bytes) / frames,
        commits: seen.commits - before.commits,
      });
    }, measuredMs);
  }, WARM_UP_MS);
  await (mode === 'bare' ? bare() : screens(framesPerSecond));
  clearInterval(feed);
}

async function screens(rateOfFrames: number): Promise<void> {
  const { stdin, stdout, env } = process;
  const terminal = new HeldTerminal({ stdin, stdout, env, theme: 'dark', ascii: false });
  await openTerminalUi({ source, terminal, options: { presenter: false }, framesPerSecond: rateOfFrames });
}

/** Draws the Overview with the program's own panels, and writes the cells that changed. */
async function bare(): Promise<void> {
  const theme = new Theme({ palette: 'dark', depth: 256, ascii: false });
  const { columns, rows } = process.stdout;
  const surface = new Surface(columns, rows, theme);
  const [diff, cache, places] = [new ScreenDiff(), new FigureCache(), overviewPlaces(columns, rows)];
  const shown = { timeline, findings: SYNTHETIC_FINDINGS, readiness: SYNTHETIC_READINESS, endMs: null };
  let dirty = true;
  listeners.add(() => (dirty = true));
  const clock = setInterval(() => {
    if (!dirty) return;
    dirty = false;
    const data = createScreenData({ ...shown, windowMs: windowMs(INITIAL_UI) }, cache);
    const view: View = {
      data,
      ui: INITIAL_UI,
      presenter: false,
      lastKey: null,
      canWrite: false,
      canMark: true,
    };
    surface.clear();
    for (const { panel, x, y, width, height } of places) {
      surface.inset(x, y, width, height, (part) => panel(part, view));
    }
    const bytes = diff.update(surface);
    seen.frames++;
    seen.bytes += Buffer.byteLength(bytes);
    if (bytes !== '') process.stdout.write(bytes);
  }, 1_000 / framesPerSecond);
  await new Promise((resolve) => process.stdin.once('data', resolve));
  clearInterval(clock);
  process.stdin.pause();
}

/** Ten minutes of events, over and over, each time that much later: as many frames as the UI can draw meanwhile. */
async function replay(hours: number): Promise<void> {
  const RING_STEPS = 2_400;
  /** A frame every half minute of the service's time. */
  const STEPS_PER_FRAME = 120;
  const ring = Array.from({ length: RING_STEPS }, () => service.step());
  const readings: { hour: number; usedMb: number; frameMs: number }[] = [];
  const ui = screens(1_000);
  const stepsPerHour = 3_600_000 / STEP_MS;
  for (let step = 0; step < hours * stepsPerHour; step++) {
    const laterMs = Math.floor(step / RING_STEPS) * RING_STEPS * STEP_MS;
    for (const event of ring[step % RING_STEPS] ?? []) take(shiftEvent(event, laterMs));
    if (step % STEPS_PER_FRAME === 0) {
      notify();
      const frames = seen.frames;
      while (seen.frames === frames) await nextTurn();
    }
    if ((step + 1) % (stepsPerHour / 4) === 0) {
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      const times = seen.paintMs.splice(0).toSorted((a, b) => a - b);
      readings.push({
        hour: (step + 1) / stepsPerHour,
        usedMb: (heapUsed + external) / 1024 / 1024,
        frameMs: times[times.length >> 1] ?? 0,
      });
    }
  }
  finish({ readings });
  await ui;
}

function finish(result: object): void {
  writeFileSync(resultFile, JSON.stringify(result));
}
