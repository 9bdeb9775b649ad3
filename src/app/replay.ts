/**
 * Plays a recording into a timeline, as it once happened: the events go through the same reducer, at the moments at
 * which they were emitted. To go back, the timeline is built again.
 */
import { setImmediate as rest } from 'node:timers/promises';
import type { RecordingFile } from './recording-file.ts';
import type { TimelineEvent } from '../model/timeline-event.ts';
import { changedSpeed, type Playback, type PlaybackSource } from '../presentation/playback.ts';
import type { Clock } from '../shared/clock.ts';
import { createTimeline, reduceTimeline, type Timeline } from '../timeline/timeline.ts';

/**
 * What is built again before the moment that is wanted: the longest window of a screen is an hour. What was before
 * that, no screen shows; it would only have to be read.
 */
const BUILT_BEFORE_MS = 65 * 60_000;
/** The pace of the screens. */
const TICK_MS = 100;
/** How long reading may hold up keys and frames. */
const READ_AT_ONCE_MS = 30;
/** A stall that long is worth a look; the usual ones of a busy service are not each. */
const LONG_STALL_MS = 1_000;
/** Moments this close to each other are one. */
const ONE_MOMENT_MS = 5_000;

export interface Replay extends PlaybackSource {
  readonly timeline: Timeline;
  subscribe(listener: (event: TimelineEvent) => void): () => void;
  /** Adds a mark of whoever watches now. */
  mark(atMs: number, note: string): void;
  /** Resolves when the moment that was asked for last is shown. */
  settled(): Promise<void>;
  close(): void;
}

/** Where reading stands: the next event to come, and when it comes. */
interface Head {
  timeline: Timeline;
  block: number;
  events: readonly TimelineEvent[];
  next: number;
  /** Events are emitted in this order, whatever moment they speak of. */
  arrivedMs: number;
  /** Marks of whoever watches that are in the timeline: they come at their moment, as the recording's own do. */
  readonly marked: Set<TimelineEvent>;
}

export function createReplay(file: RecordingFile, clock: Clock): Replay {
  const span = spanOf(file);
  const listeners = new Set<(event: TimelineEvent) => void>();
  const jumpListeners = new Set<() => void>();
  const moments = new Set<number>();
  const marks: TimelineEvent[] = [];
  let head = headAt(file, 0);
  let positionMs = span.startMs;
  let wantedMs: number | null = null;
  let playing = false;
  let speed = 1;
  let tickedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let jumping: Promise<void> = Promise.resolve();

  const take = (event: TimelineEvent, into: Timeline): void => {
    reduceTimeline(into, event);
    if (isMoment(event)) addMoment(moments, event.atMs);
  };
  const addMarks = (reader: Head, untilMs: number): void => {
    for (const mark of marks) {
      if (mark.atMs > untilMs || reader.marked.has(mark)) continue;
      reader.marked.add(mark);
      take(mark, reader.timeline);
    }
  };
  /** Reads on; false when there is more to read than may be read at once. */
  const readTo = (reader: Head, untilMs: number, onEvent?: (event: TimelineEvent) => void): boolean => {
    const stopAtMs = performance.now() + READ_AT_ONCE_MS;
    for (;;) {
      const event = peek(file, reader);
      if (event === null || Math.max(reader.arrivedMs, event.atMs) > untilMs) {
        addMarks(reader, untilMs);
        return true;
      }
      if (performance.now() > stopAtMs) return false;
      reader.arrivedMs = Math.max(reader.arrivedMs, event.atMs);
      reader.next++;
      take(event, reader.timeline);
      onEvent?.(event);
    }
  };

  /** False once the user has asked for another moment. */
  const isWanted = (atMs: number): boolean => wantedMs === atMs;
  const jump = async (): Promise<void> => {
    while (wantedMs !== null) {
      const targetMs = wantedMs;
      const isAhead = targetMs >= positionMs && targetMs >= head.arrivedMs;
      const reader = isAhead ? head : headAt(file, targetMs - BUILT_BEFORE_MS);
      while (isWanted(targetMs) && !readTo(reader, emittedUntil(targetMs))) await rest();
      if (!isWanted(targetMs)) continue;
      head = reader;
      positionMs = targetMs;
      wantedMs = null;
    }
    tickedAtMs = clock.monotonicMs();
    for (const listener of jumpListeners) listener();
  };
  /** All of it belongs to the last moment. */
  const emittedUntil = (atMs: number): number => (atMs >= span.endMs ? Number.POSITIVE_INFINITY : atMs);
  const jumpTo = (atMs: number): void => {
    const isJumping = wantedMs !== null;
    wantedMs = Math.min(span.endMs, Math.max(span.startMs, atMs));
    if (!isJumping) jumping = jump();
  };

  const pause = (): void => {
    playing = false;
    clearInterval(timer);
  };
  const play = (): void => {
    playing = true;
    tickedAtMs = clock.monotonicMs();
    timer = setInterval(tick, TICK_MS);
  };
  const tick = (): void => {
    if (wantedMs !== null) return;
    const nowMs = clock.monotonicMs();
    const dueMs = Math.min(span.endMs, positionMs + (nowMs - tickedAtMs) * speed);
    tickedAtMs = nowMs;
    const reached = readTo(head, emittedUntil(dueMs), (event) => {
      for (const listener of listeners) listener(event);
    });
    positionMs = reached ? dueMs : Math.max(positionMs, head.arrivedMs);
    if (positionMs >= span.endMs) pause();
  };

  return {
    get timeline() {
      return head.timeline;
    },
    state: (): Playback => ({ ...span, positionMs: wantedMs ?? positionMs, playing, speed }),
    playOrPause() {
      if (playing) return pause();
      if ((wantedMs ?? positionMs) >= span.endMs) jumpTo(span.startMs);
      play();
    },
    moveBy: (byMs) => jumpTo((wantedMs ?? positionMs) + byMs),
    toStart: () => jumpTo(span.startMs),
    toEnd: () => jumpTo(span.endMs),
    toMoment(direction) {
      const fromMs = wantedMs ?? positionMs;
      const ahead = [...moments].filter((atMs) => (atMs - fromMs) * direction > 0);
      if (ahead.length > 0) jumpTo(direction > 0 ? Math.min(...ahead) : Math.max(...ahead));
    },
    changeSpeed(direction) {
      speed = changedSpeed(speed, direction);
    },
    onJump(listener) {
      jumpListeners.add(listener);
      return () => jumpListeners.delete(listener);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    mark(atMs, note) {
      marks.push({ kind: 'mark', atMs, note });
      addMarks(head, atMs);
    },
    settled: () => jumping,
    close() {
      pause();
      file.close();
    },
  };
}

/** A reader with the session's beginning already in its timeline, before the first event after `fromMs`. */
function headAt(file: RecordingFile, fromMs: number): Head {
  const timeline = createTimeline();
  const head: Head = {
    timeline,
    block: 0,
    events: [],
    next: 0,
    arrivedMs: Number.NEGATIVE_INFINITY,
    marked: new Set(),
  };
  const opening = file.readBlock(0).events;
  for (const event of opening) reduceTimeline(timeline, event);
  head.block = Math.max(1, firstBlockAfter(file, fromMs));
  head.events = file.readBlock(head.block).events;
  return head;
}

/** Blocks follow each other in time: the first one that holds something from `fromMs` on. */
function firstBlockAfter(file: RecordingFile, fromMs: number): number {
  let low = 0;
  let high = file.blockCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lastMsOf(file.readBlock(middle).events) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

const lastMsOf = (events: readonly TimelineEvent[]): number =>
  events.reduce((last, { atMs }) => Math.max(last, atMs), Number.NEGATIVE_INFINITY);

/** The next event; null at the end. Damaged blocks are passed over. */
function peek(file: RecordingFile, head: Head): TimelineEvent | null {
  while (head.next >= head.events.length) {
    if (head.block >= file.blockCount - 1) return null;
    head.events = file.readBlock(++head.block).events;
    head.next = 0;
  }
  return head.events[head.next] ?? null;
}

/** From the first thing seen, or the first that was kept, to the last. */
function spanOf(file: RecordingFile): { readonly startMs: number; readonly endMs: number } {
  const [opening] = file.readBlock(0).events;
  const openedMs = opening?.atMs ?? 0;
  const firstMs = file.head.trimmed ? file.readBlock(1).events[0]?.atMs : undefined;
  let endMs = openedMs;
  for (let block = file.blockCount - 1; block > 0 && endMs === openedMs; block--) {
    endMs = Math.max(openedMs, lastMsOf(file.readBlock(block).events));
  }
  return { startMs: firstMs ?? openedMs, endMs };
}

function isMoment(event: TimelineEvent): boolean {
  switch (event.kind) {
    case 'mark':
      return true;
    case 'connection':
      return event.state !== 'live';
    case 'workers':
      return event.exits.length > 0;
    case 'stall':
      return event.endMs - event.startMs >= LONG_STALL_MS;
    default:
      return false;
  }
}

function addMoment(moments: Set<number>, atMs: number): void {
  for (const known of moments) if (Math.abs(known - atMs) < ONE_MOMENT_MS) return;
  moments.add(atMs);
}
