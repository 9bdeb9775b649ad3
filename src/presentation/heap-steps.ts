/**
 * A retaining path as lines from the root to the object, each with the edge that leads to it.
 *
 *   globalThis
 *   .tracker          RequestTracker
 *   .pending          Map
 *   ["/leak/3"]       LeakedRequest
 */
import type { HeapEdgeKind, HeapObject, RetainingStep } from '../model/heap-snapshot.ts';
import { assertNever } from '../shared/result.ts';
import { formatObjectName, isContext } from './heap-path.ts';

export interface PathLine {
  /** How the line above holds this one; '' for the root. */
  readonly edge: string;
  readonly name: string;
  readonly object: HeapObject;
}

/** Ends with the object itself. A function's variables are named by the step that leads from them. */
export function selectPathLines(path: readonly RetainingStep[], object: HeapObject): readonly PathLine[] {
  const objects = [...path.map((step) => step.object), object];
  return objects.flatMap((each, i) => {
    if (isContext(each) && i < objects.length - 1) return [];
    const step = path[i - 1];
    return [
      { edge: step ? formatEdge(step.edge, step.name) : '', name: formatObjectName(each), object: each },
    ];
  });
}

function formatEdge(edge: HeapEdgeKind, name: string): string {
  switch (edge) {
    case 'property':
      return /^#?[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    case 'element':
      return `[${name}]`;
    case 'entry':
      return `[${JSON.stringify(name)}]`;
    case 'variable':
      return `variable ${name}`;
    case 'internal':
    case 'root':
      return `<${name}>`;
    default:
      return assertNever(edge);
  }
}
