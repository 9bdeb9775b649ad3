/** A snapshot with everything computed that its questions need: the whole analysis in the order that saves memory. */
import { ColumnPool } from './column-pool.ts';
import { sumByConstructor } from './constructor-totals.ts';
import type { ConstructorTotals } from './constructor-totals.ts';
import { sortByConstructor } from './constructors.ts';
import type { ConstructorTable } from './constructors.ts';
import { measureDistances } from './distances.ts';
import type { Distances } from './distances.ts';
import { growDominatorTree } from './dominator-tree.ts';
import type { DominatorTree } from './dominator-tree.ts';
import { moveOwnedSizes } from './owned-sizes.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { findWeakMapEdges } from './weak-map-edges.ts';

export interface HeapGraph {
  readonly heap: HeapColumns;
  readonly tree: DominatorTree;
  readonly distances: Distances;
  readonly constructors: ConstructorTable;
  readonly totals: ConstructorTotals;
}

export type AnalysisStage = 'sizes' | 'dominators' | 'distances' | 'constructors';

/** @param onStage called before each stage, for a progress line */
export function analyseHeap(
  heap: HeapColumns,
  onStage: (stage: AnalysisStage) => void = () => {},
): HeapGraph {
  const pool = new ColumnPool(heap.nodeCount);
  onStage('sizes');
  moveOwnedSizes(heap, pool);
  const weakMaps = findWeakMapEdges(heap.strings);
  onStage('dominators');
  const tree = growDominatorTree(heap, weakMaps, pool);
  onStage('distances');
  const distances = measureDistances(heap, weakMaps, pool);
  onStage('constructors');
  const constructors = sortByConstructor(heap, pool.take());
  const totals = sumByConstructor(heap, constructors, tree, distances.distances, pool);
  return { heap, tree, distances, constructors, totals };
}
