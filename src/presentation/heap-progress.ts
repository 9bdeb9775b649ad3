/** How far the reading of one or two snapshots is, as one share that only grows. */
import type { HeapProgress } from '../heap/heap-messages.ts';

export interface HeapWork {
  /** Which of the files, from 0. */
  readonly file: number;
  readonly files: number;
  readonly progress: HeapProgress | null;
}

/** Where each stage begins and how much of the time it takes: a mean of the heaps of the benchmark. */
const STAGES: Readonly<
  Record<HeapProgress['stage'], { readonly from: number; readonly takes: number; readonly says: string }>
> = {
  reading: { from: 0, takes: 0.45, says: 'reading' },
  dominators: { from: 0.45, takes: 0.35, says: 'what keeps what alive' },
  objects: { from: 0.8, takes: 0.1, says: 'sizes and distances' },
  constructors: { from: 0.9, takes: 0.1, says: 'constructors' },
};

/** @returns 0 to 1 */
export function selectHeapShare({ file, files, progress }: HeapWork): number {
  const stage = progress && STAGES[progress.stage];
  const within = stage ? stage.from + stage.takes * (progress.share ?? 0) : 0;
  return (file + within) / files;
}

/** `reading`, `what keeps what alive`. */
export function sayHeapStage({ progress }: HeapWork): string {
  return progress ? STAGES[progress.stage].says : 'opening';
}
