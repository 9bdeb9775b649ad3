/**
 * `.cpuprofile`, as V8 writes it and Chrome DevTools, VS Code and speedscope open it.
 *
 *   B from 0 to 10 ms, (idle) from 10 to 15 ms -> samples [B, (idle), (idle)], timeDeltas [0, 10000, 5000]
 *
 * What V8 knew and the timeline does not keep is left out: script ids and reasons of deoptimisation. Names and
 * positions are those of the sources, where there was a source map. `hitCount` says how many intervals a node's time
 * was, and not how often it was seen: DevTools multiplies it with one interval for all, and one sample after a
 * native call of a second stands for a hundred.
 */
import { ANONYMOUS_FUNCTION, IDLE_FUNCTION, metaFrame } from '../../model/code-frame.ts';
import type { CodeFrame } from '../../model/timeline-event.ts';
import type { MergedNode, MergedProfile } from './merged-profile.ts';

/** `Profiler.Profile` of the Chrome DevTools Protocol. */
export interface WireProfile {
  readonly nodes: readonly WireProfileNode[];
  /** Microseconds of the service's monotonic clock. */
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface WireProfileNode {
  readonly id: number;
  readonly callFrame: WireCallFrame;
  readonly hitCount: number;
  readonly children: readonly number[];
  readonly positionTicks: readonly { readonly line: number; readonly ticks: number }[];
}

/** Lines and columns count from 0 here; -1 where there is none. */
export interface WireCallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Time in which no profile ran. DevTools draws it, like any function, and nobody takes it for rest. */
const UNSEEN_FRAME = metaFrame('(not sampled)');

/** Less than this between two samples is rounding: profiles follow each other without a gap. */
const GAP_MS = 0.5;

export function createCpuProfile(merged: MergedProfile): WireProfile {
  const nodes: MergedNode[] = [...merged.nodes];
  const endsOn = (frame: CodeFrame): number => {
    const there = nodes.findIndex(
      (node) => node.parent === 0 && node.frame.origin === 'meta' && node.frame.function === frame.function,
    );
    return there === -1 ? nodes.push({ frame, parent: 0, selfMs: 0, lineTicks: new Map() }) - 1 : there;
  };
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  const startUs = Math.round(merged.startMs * 1000);
  let stampedUs = startUs;
  const stamp = (node: number, atMs: number): void => {
    const atUs = Math.round(atMs * 1000);
    samples.push(node + 1);
    timeDeltas.push(atUs - stampedUs);
    stampedUs = atUs;
  };
  let seenMs = merged.startMs;
  for (const { node, startMs, endMs } of merged.samples) {
    if (startMs - seenMs > GAP_MS) stamp(endsOn(UNSEEN_FRAME), seenMs);
    stamp(node, startMs);
    seenMs = endMs;
  }
  // A sample lasts until the next one: without this the last would last for nothing.
  if (merged.samples.length > 0) stamp(endsOn(metaFrame(IDLE_FUNCTION)), merged.endMs);

  const children = nodes.map((): number[] => []);
  for (const [index, { parent }] of nodes.entries()) children[parent]?.push(index + 1);
  const intervalMs = Math.max(1, merged.samplingIntervalUs) / 1000;
  return {
    nodes: nodes.map(({ frame, selfMs, lineTicks }, index) => ({
      id: index + 1,
      callFrame: wireCallFrame(frame),
      hitCount: selfMs > 0 ? Math.max(1, Math.round(selfMs / intervalMs)) : 0,
      children: children[index] ?? [],
      positionTicks: [...lineTicks].map(([line, ticks]) => ({ line, ticks })),
    })),
    startTime: startUs,
    endTime: stampedUs,
    samples,
    timeDeltas,
  };
}

/** A place in code as V8 has it. Plain paths become URLs, so that an editor can open them. */
export function wireCallFrame({ function: name, file, line, column }: CodeFrame): WireCallFrame {
  return {
    functionName: name === ANONYMOUS_FUNCTION ? '' : name,
    scriptId: '0',
    url: file.startsWith('/')
      ? new URL(`file://${encodeURI(file).replaceAll('?', '%3F').replaceAll('#', '%23')}`).href
      : file,
    lineNumber: line - 1,
    columnNumber: column - 1,
  };
}
