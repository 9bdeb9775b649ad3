/** What the thread that holds the snapshot is asked, and what it says. */
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { AnalysisStage } from './heap-graph.ts';
import type { HeapComparison, HeapObject, HeapSummary, RetainingStep } from '../model/heap-snapshot.ts';

/** Each request with what it is answered by. */
export interface HeapAnswers {
  /** Reads and analyses a file; it replaces what was held. */
  'open-file': HeapSummary;
  /** Begins a snapshot that comes in chunks. */
  begin: null;
  /** Ends it and analyses it. */
  finish: HeapSummary;
  /** Keeps what a comparison needs of the snapshot held and lets go of the rest. */
  'keep-baseline': null;
  /** Compares the snapshot held with the baseline. */
  compare: HeapComparison;
  instances: readonly HeapObject[];
  dominated: readonly HeapObject[];
  search: readonly HeapObject[];
  path: readonly RetainingStep[];
}

export type HeapRequest =
  | { readonly kind: 'open-file'; readonly path: string }
  | { readonly kind: 'begin' }
  | { readonly kind: 'finish' }
  | { readonly kind: 'keep-baseline' }
  | { readonly kind: 'compare' }
  | { readonly kind: 'instances'; readonly key: string; readonly limit: number }
  | { readonly kind: 'dominated'; readonly id: number; readonly limit: number }
  | { readonly kind: 'search'; readonly text: string; readonly limit: number }
  | { readonly kind: 'path'; readonly id: number };

/** Chunks are not answered: a live service does not wait for us. */
export type ToHeapThread =
  | { readonly kind: 'request'; readonly number: number; readonly request: HeapRequest }
  | { readonly kind: 'chunk'; readonly text: string };

export type FromHeapThread =
  | {
      readonly kind: 'answer';
      readonly number: number;
      readonly result: Result<HeapAnswers[keyof HeapAnswers], CodedError>;
    }
  | { readonly kind: 'progress'; readonly progress: HeapProgress };

export interface HeapProgress {
  readonly stage: 'reading' | AnalysisStage;
  /** Share of the stage, where it can be told. */
  readonly share: number | null;
}
