/** What ran on the main thread, and for whom. */
import type { CodeFrame } from '../code-frame.ts';

/**
 * One window of CPU samples, the call tree flattened: node i's parent is `parents[i]` (-1 for the root).
 * `sampleNodes[k]` is the node seen at `sampleTimesMs[k]`; its weight `sampleWeightsMs[k]` is the time since the
 * sample before, because a gap belongs to the sample that ends it.
 */
export interface CpuProfileEvent {
  readonly kind: 'cpu-profile';
  readonly atMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly samplingIntervalUs: number;
  readonly frames: readonly CodeFrame[];
  /** Index into `frames` for each node. */
  readonly nodeFrames: readonly number[];
  readonly parents: readonly number[];
  readonly sampleNodes: readonly number[];
  readonly sampleTimesMs: readonly number[];
  readonly sampleWeightsMs: readonly number[];
  /** Line hit inside the node's function at each sample's node, heaviest first: [node, line, ticks]. */
  readonly lineTicks: readonly (readonly [node: number, line: number, ticks: number])[];
  /** What the source text says at those lines, for work that V8 charges to its caller: JSON, RegExp, sort. */
  readonly lineTexts: readonly (readonly [node: number, line: number, text: string])[];
  /** Nodes whose own time may be that of a function they called: inlined by V8, or code that V8 did not tell of. */
  readonly mayHideInlined?: readonly number[];
  /** Nodes that stacks taken by asking V8 have confirmed or named: those tell every function. */
  readonly exactNodes?: readonly number[];
}

/** Which request's work was running at random moments; `finished` means its response had already been sent. */
export interface ContextSamplesEvent {
  readonly kind: 'context-samples';
  readonly atMs: number;
  readonly samples: readonly {
    readonly atMs: number;
    readonly route: string | null;
    readonly finished: boolean;
    readonly stack: readonly CodeFrame[];
  }[];
}
