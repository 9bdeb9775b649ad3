/**
 * The event loops of a process, as the kernel shows them: each is one epoll descriptor, and its `fdinfo` lists what it
 * watches. Node makes them in the same order on all versions (18 to 26): the platform's timer thread, the main thread,
 * then the inspector's, the workers', and for the length of a call that of `spawnSync`.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

interface EventLoopDescriptor {
  readonly descriptor: number;
  readonly watched: readonly number[];
}

export interface EventLoops {
  /** Null when it cannot be told: the process just starts, or its files cannot be read. */
  readonly main: EventLoopDescriptor | null;
  readonly others: readonly EventLoopDescriptor[];
}

/** Reads the loops; the first that watches anything is the timer thread's, and what came before it is never used. */
export function eventLoopsOf(pid: number): EventLoops {
  const loops = numbersIn(`/proc/${pid}/fd`)
    .filter((descriptor) => openFileOf(pid, descriptor) === 'anon_inode:[eventpoll]')
    .map((descriptor) => ({ descriptor, watched: watchedBy(pid, descriptor) }));
  const timers = loops.findIndex((loop) => loop.watched.length > 0);
  // The main loop watches nothing yet as long as the script's first, synchronous part runs.
  const main = timers < 0 ? null : (loops[timers + 1] ?? null);
  return { main, others: loops.filter((loop) => loop !== main) };
}

/** What an open file is, as its link says: `socket:[31337]`. */
export function openFileOf(pid: number, descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return null;
  }
}

/** The entries of a folder whose names are numbers, smallest first; none when it cannot be read. */
export function numbersIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .map(Number)
      .filter(Number.isInteger)
      .toSorted((a, b) => a - b);
  } catch {
    return [];
  }
}

/** What an epoll descriptor waits for: lines `tfd: 17 events: …`. */
function watchedBy(pid: number, descriptor: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
    return [...text.matchAll(/^tfd:\s*(\d+)/gm)].map((match) => Number(match[1]));
  } catch {
    return [];
  }
}
