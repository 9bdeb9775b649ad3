/** What is known of each node without the dominators: final sizes, distance, constructor. */
import { ColumnPool } from './column-pool.ts';
import { sortByConstructor } from './constructors.ts';
import type { ConstructorTable } from './constructors.ts';
import { measureDistances } from './distances.ts';
import type { Distances } from './distances.ts';
import { moveOwnedSizes } from './owned-sizes.ts';
import type { HeapColumns } from './snapshot-columns.ts';
import { findWeakMapEdges } from './weak-map-edges.ts';

export interface NodeSurvey {
  readonly distances: Distances;
  readonly constructors: ConstructorTable;
}

/** Makes `heap.shallowBytes` final: see owned-sizes.ts. */
export function surveyNodes(heap: HeapColumns, pool = new ColumnPool(heap.nodeCount)): NodeSurvey {
  moveOwnedSizes(heap, pool);
  const distances = measureDistances(heap, findWeakMapEdges(heap.strings), pool);
  const constructors = sortByConstructor(heap);
  return { distances, constructors };
}
