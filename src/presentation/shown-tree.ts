/** The call tree that the CPU screen shows, kept for as long as it is the same to the eye. */
import type { CallTreeNode } from '../model/call-tree.ts';
import { selectCallTree } from '../timeline/code-selectors.ts';
import { invertTree } from './inverted-tree.ts';
import type { ScreenData } from './screen-data.ts';

/** Profiles are cut every five seconds or more; a tree that moves faster cannot be read. */
const CADENCE_MS = 2_000;

export function selectShownTree(data: ScreenData, inverted: boolean): CallTreeNode {
  return data.cached(inverted ? 'inverted tree' : 'call tree', CADENCE_MS, () => {
    const tree = selectCallTree(data.timeline, data.span);
    return inverted ? invertTree(tree) : tree;
  });
}
