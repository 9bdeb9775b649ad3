/**
 * A profile made of stacks that were taken by asking, for services that the profiler would pause for too long.
 *
 *   derive < handler at 50, 100 and 150 ms, nothing at 200 ms  ->  handler > derive 150 ms, (idle) 50 ms
 */
import { IDLE_FUNCTION, ROOT_FUNCTION } from '../model/code-frame.ts';
import type { UncoveredSamples } from './cpu-hidden.ts';
import type { Sample, SampledNode } from './cpu-samples.ts';
import type { FramedStack } from './cpu-stack-frames.ts';
import type { ScriptPlace } from './source-locator.ts';

interface GrowingNode extends SampledNode {
  readonly ticks: { line: number; ticks: number }[];
}

/** @param stacks of one window, oldest first */
export function samplesFromStacks(
  stacks: readonly FramedStack[],
  startMs: number,
  endMs: number,
): UncoveredSamples {
  const nodes: GrowingNode[] = [
    { place: metaPlace(ROOT_FUNCTION), parent: -1, ticks: [] },
    { place: metaPlace(IDLE_FUNCTION), parent: 0, ticks: [] },
  ];
  const indexByPath = new Map<string, number>();
  const samples: Sample[] = [];
  let previousMs = startMs;
  for (const { atMs, frames } of stacks) {
    if (atMs <= previousMs) continue;
    let node = frames.length === 0 ? 1 : 0;
    for (const { place, file } of frames) {
      const path = `${node} ${place.functionName} ${file}:${place.line}:${place.column}`;
      let child = indexByPath.get(path);
      if (child === undefined) {
        child = nodes.push({ place, parent: node, ticks: [] }) - 1;
        indexByPath.set(path, child);
      }
      node = child;
    }
    const line = frames.at(-1)?.line ?? 0;
    const ticks = (nodes[node] as GrowingNode).ticks;
    const hit = ticks.find((tick) => tick.line === line);
    if (hit !== undefined) hit.ticks++;
    else if (line > 0) ticks.push({ line, ticks: 1 });
    samples.push({ node, timeMs: atMs, weightMs: atMs - previousMs });
    previousMs = atMs;
  }
  return {
    startMs,
    endMs,
    nodes,
    samples,
    mayHideInlined: [],
    exact: nodes.map((_, index) => index).slice(2),
  };
}

function metaPlace(functionName: string): ScriptPlace {
  return { functionName, url: '', line: 0, column: 0 };
}
