/** The worker threads of the process over any span. */
import { frameKey } from '../model/code-frame.ts';
import type { CodeFrame, ThreadsEvent } from '../model/timeline-event.ts';
import type { Span } from './series.ts';
import type { Timeline } from './timeline.ts';

type ThreadReading = ThreadsEvent['threads'][number];

export interface ThreadFigures {
  readonly id: number;
  /** Empty when the application gave it none. */
  readonly name: string;
  /** Of the time in which it was read; a thread that stays silent is busy. */
  readonly utilization: number | null;
  readonly cpuPercent: number | null;
  readonly heapUsedBytes: number | null;
  readonly heapLimitBytes: number | null;
  /** By the last reading. */
  readonly silentMs: number;
  /** For how long it was read. */
  readonly seenMs: number;
  /** Where it was found when it was asked while busy, the most frequent first. */
  readonly hottest: readonly { readonly stack: readonly CodeFrame[]; readonly share: number }[];
}

/** Every thread that was measured in the span, the busiest first; threads of a moment are not. */
export function selectThreads(timeline: Timeline, span: Span): readonly ThreadFigures[] {
  const byId = new Map<number, { readonly reading: ThreadReading; readonly windowMs: number }[]>();
  for (const { event } of timeline.threads.between(span.fromMs, span.toMs)) {
    for (const reading of event.threads) {
      const readings = byId.get(reading.id) ?? [];
      readings.push({ reading, windowMs: event.windowMs });
      byId.set(reading.id, readings);
    }
  }
  return [...byId.values()]
    .map(figuresOf)
    .filter(({ utilization }) => utilization !== null)
    .toSorted((a, b) => (b.utilization ?? -1) - (a.utilization ?? -1) || a.id - b.id);
}

/** A thread by its name, or by its number. */
export const threadName = ({ id, name }: Pick<ThreadFigures, 'id' | 'name'>): string =>
  name === '' ? `worker thread ${id}` : `worker thread ${name}`;

type Weighed = readonly { readonly reading: ThreadReading; readonly windowMs: number }[];

function figuresOf(readings: Weighed): ThreadFigures {
  const last = (readings.at(-1) as Weighed[number]).reading;
  const mean = (value: (reading: ThreadReading) => number | null): number | null => {
    const known = readings.filter(({ reading }) => value(reading) !== null);
    const totalMs = known.reduce((sum, { windowMs }) => sum + windowMs, 0);
    const sum = known.reduce((all, { reading, windowMs }) => all + (value(reading) as number) * windowMs, 0);
    return totalMs > 0 ? sum / totalMs : null;
  };
  const { id, name, heapUsedBytes, heapLimitBytes, silentMs } = last;
  return {
    id,
    name,
    utilization: mean((reading) => (reading.silentMs > 0 ? 1 : reading.utilization)),
    cpuPercent: mean((reading) => reading.cpuPercent),
    heapUsedBytes,
    heapLimitBytes,
    silentMs,
    seenMs: readings.reduce((sum, { windowMs }) => sum + windowMs, 0),
    hottest: hottestOf(readings),
  };
}

function hottestOf(readings: Weighed): ThreadFigures['hottest'] {
  const asked = readings.filter(({ reading }) => reading.hottest.length > 0);
  const totalMs = asked.reduce((sum, { windowMs }) => sum + windowMs, 0);
  const places = new Map<string, { readonly stack: readonly CodeFrame[]; ms: number }>();
  for (const { reading, windowMs } of asked) {
    for (const { stack, share } of reading.hottest) {
      const key = frameKey(stack[0] as CodeFrame);
      const place = places.get(key) ?? { stack, ms: 0 };
      place.ms += share * windowMs;
      places.set(key, place);
    }
  }
  return [...places.values()]
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ stack, ms }) => ({ stack, share: ms / totalMs }));
}
