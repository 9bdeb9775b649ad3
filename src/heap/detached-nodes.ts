/**
 * Native objects that the program dropped from where they belong and still holds. An embedder marks the entry
 * points; from there the state spreads over native objects only, attached before detached (DevTools' rules). Plain
 * Node marks none: what appears here comes from addons and from snapshots of other embedders.
 */
import type { HeapColumns } from './snapshot-columns.ts';
import { edgeTypeCodes, nodeTypeCodes } from './type-codes.ts';

const ATTACHED = 1;
const DETACHED = 2;

/** @returns the set of detached nodes */
export function findDetachedNodes(heap: HeapColumns): ReadonlySet<number> {
  const { detachedness, nodeTypes, edgeTypes, edgeTargets, firstEdges, nodeCount } = heap;
  const { native } = nodeTypeCodes(heap.layout);
  const { hidden, weak } = edgeTypeCodes(heap.layout);
  const states = new Map<number, number>();
  const attached: number[] = [];
  const detached: number[] = [];

  const mark = (node: number, state: number) => {
    if (nodeTypes[node] !== native || states.has(node)) return;
    states.set(node, state);
    if (state === ATTACHED) attached.push(node);
    if (state === DETACHED) detached.push(node);
  };
  const spread = (node: number, state: number) => {
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
      const type = edgeTypes[edge];
      if (type !== hidden && type !== weak) mark(edgeTargets[edge]!, state);
    }
  };

  for (let node = 0; node < nodeCount; node++) {
    if (detachedness[node] !== 0) mark(node, detachedness[node]!);
  }
  for (let node = attached.pop(); node !== undefined; node = attached.pop()) spread(node, ATTACHED);
  for (let node = detached.pop(); node !== undefined; node = detached.pop()) spread(node, DETACHED);
  return new Set([...states].filter(([, state]) => state === DETACHED).map(([node]) => node));
}
