/** The call tree that the CPU screen shows, kept for as long as it is the same to the eye. */
import type { CallTreeNode } from '../model/call-tree.ts';
import { selectCallTree } from '../timeline/code-selectors.ts';
import { selectGaps } from '../timeline/session-selectors.ts';
import { heaviestPath, nodeAt, type FramePath } from './flame-layout.ts';
import { invertTree } from './inverted-tree.ts';
import type { ScreenData } from './screen-data.ts';

export function selectShownTree(data: ScreenData, inverted: boolean): CallTreeNode {
  return data.cached(`${inverted ? 'inverted' : 'call'} tree ${newestProfileMs(data)}`, 'code', () => {
    const tree = selectCallTree(data.timeline, data.span);
    return inverted ? invertTree(tree) : tree;
  });
}

/** The frame that the user is on; before the first move, the one to look at first. */
export function selectCursor(tree: CallTreeNode, cursor: FramePath): FramePath {
  return cursor.length > 0 ? nodeAt(tree, cursor).path : heaviestPath(tree);
}

/** Why there are no samples: what the newest gap in them says, or that none was cut yet. */
export function whyNoSamples({ timeline, span }: ScreenData): string {
  const gap = selectGaps(timeline, span).findLast(({ signal }) => signal === 'cpu-profile');
  return gap?.reason ?? 'no CPU samples in this window yet: a profile is cut every few seconds';
}

/** Profiles are cut at least this often while the service is watched. */
const PROFILE_EVERY_MS = 15_000;

/** End of the newest profile in the span: when another comes, what was computed from profiles is old. */
export function newestProfileMs({ timeline, span }: ScreenData): number {
  return timeline.profiles.between(span.toMs - PROFILE_EVERY_MS, span.toMs).at(-1)?.endMs ?? 0;
}
