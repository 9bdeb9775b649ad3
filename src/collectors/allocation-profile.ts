/**
 * V8's sampling heap profile, as allocating call sites: what was allocated since sampling began and still lives.
 *
 *   (root) -> handler -> remember { selfSize: 4 MB }  ->  remember < handler: 4 MB
 */
import { OWN_FRAME } from '../model/code-frame.ts';
import type { AllocationEvent, CodeFrame } from '../model/timeline-event.ts';
import type { SourceLocator } from './source-locator.ts';

/** As V8 gives it; lines and columns from 0, of the function and not of the allocation. */
export interface SamplingHeapProfileNode {
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly selfSize: number;
  readonly children: readonly SamplingHeapProfileNode[];
}

type Site = AllocationEvent['sites'][number];

/** Forty sites hold nearly all of what any service keeps; the rest is noise of the sampling. */
const MOST_SITES = 40;
const MOST_FRAMES = 24;

/** The heaviest sites, most first. */
export async function locateSites(
  head: SamplingHeapProfileNode,
  locator: SourceLocator,
): Promise<readonly Site[]> {
  const heaviest = selectHeaviest(head);
  const sites = await Promise.all(
    heaviest.map(async ({ path, liveBytes }) => ({ stack: await locateStack(path, locator), liveBytes })),
  );
  return sites.filter(({ stack }) => stack.length > 0);
}

interface RawSite {
  /** Innermost first. */
  readonly path: readonly SamplingHeapProfileNode[];
  readonly liveBytes: number;
}

/** Without recursion: a profile is as deep as the service's deepest stack. */
function selectHeaviest(head: SamplingHeapProfileNode): readonly RawSite[] {
  const sites: RawSite[] = [];
  const open: { node: SamplingHeapProfileNode; parent: Link | null }[] = [{ node: head, parent: null }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent } = next;
    const link = { node, parent };
    if (node.selfSize > 0) sites.push({ path: pathOf(link), liveBytes: node.selfSize });
    for (const child of node.children) open.push({ node: child, parent: link });
  }
  return sites.toSorted((a, b) => b.liveBytes - a.liveBytes).slice(0, MOST_SITES);
}

interface Link {
  readonly node: SamplingHeapProfileNode;
  readonly parent: Link | null;
}

function pathOf(last: Link): readonly SamplingHeapProfileNode[] {
  const path: SamplingHeapProfileNode[] = [];
  for (let link: Link | null = last; link !== null && path.length < MOST_FRAMES; link = link.parent) {
    path.push(link.node);
  }
  return path;
}

async function locateStack(
  path: readonly SamplingHeapProfileNode[],
  locator: SourceLocator,
): Promise<readonly CodeFrame[]> {
  const frames = await Promise.all(
    path.map(({ callFrame: { functionName, url, lineNumber, columnNumber } }) =>
      locator.locate({ functionName, url, line: lineNumber + 1, column: columnNumber + 1 }),
    ),
  );
  if (frames.includes(OWN_FRAME)) return [];
  return frames.filter((frame) => frame.origin !== 'meta');
}
