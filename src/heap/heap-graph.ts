/** A snapshot with everything computed that its questions need. */
import { ColumnPool } from './column-pool.ts';
import { sumByConstructor } from './constructor-totals.ts';
import type { ConstructorTotals } from './constructor-totals.ts';
import type { ConstructorTable } from './constructors.ts';
import type { Distances } from './distances.ts';
import { findDominance, weighDominance } from './dominator-tree.ts';
import type { Dominance, DominatorTree } from './dominator-tree.ts';
import { surveyNodes } from './node-survey.ts';
import type { NodeSurvey } from './node-survey.ts';
import type { SecondThread } from './second-thread.ts';
import type { HeapColumns } from './snapshot-columns.ts';

export interface HeapGraph {
  readonly heap: HeapColumns;
  readonly tree: DominatorTree;
  readonly distances: Distances;
  readonly constructors: ConstructorTable;
  readonly totals: ConstructorTotals;
}

export type AnalysisStage = 'dominators' | 'objects' | 'constructors';

/** @param onStage called before each stage, for a progress line */
export function analyseHeap(
  heap: HeapColumns,
  onStage: (stage: AnalysisStage) => void = () => {},
): HeapGraph {
  const pool = new ColumnPool(heap.nodeCount);
  onStage('dominators');
  const dominance = findDominance(heap, pool);
  onStage('objects');
  const survey = surveyNodes(heap, pool);
  onStage('constructors');
  return putTogether(heap, dominance, survey, pool);
}

/** The same in little more than half the time: neither the dominators nor the rest of it need each other. */
export async function analyseHeapInTwo(
  heap: HeapColumns,
  second: Pick<SecondThread, 'ask'>,
  onStage: (stage: AnalysisStage) => void = () => {},
): Promise<HeapGraph> {
  const pool = new ColumnPool(heap.nodeCount);
  const survey = second.ask({ kind: 'survey', heap: { ...heap, strings: heap.strings.columns } });
  onStage('dominators');
  const dominance = findDominance(heap, pool);
  onStage('objects');
  const surveyed = await survey;
  onStage('constructors');
  return putTogether(heap, dominance, surveyed, pool);
}

function putTogether(
  heap: HeapColumns,
  dominance: Dominance,
  { distances, constructors }: NodeSurvey,
  pool: ColumnPool,
): HeapGraph {
  const tree = weighDominance(heap, dominance);
  const totals = sumByConstructor(heap, constructors, tree, distances.distances, pool);
  return { heap, tree, distances, constructors, totals };
}
