/** A process and what it started, and what that started: a cluster and its workers, pm2 and its services. */
import { ageMsOf } from './kernel-state.ts';
import { isLoopscope } from './own-processes.ts';
import { recogniseNode } from './preflight.ts';
import { readProcess } from './process-record.ts';
import type { ProcessRecord } from './process-record.ts';
import { childrenOf } from './process-table.ts';

/**
 * Between fork and exec a child looks like the Node that forked it, whatever it is about to become; a signal that
 * came then would reach that.
 */
const SETTLED_MS = 500;

/** Milliseconds until every process that a tree has now is old enough to be told; 0 when all are. */
export function settlesInMs(root: number): number {
  const youngest = (pid: number): number => {
    const record = readProcess(pid);
    const own = record === null || pid === root ? Infinity : ageMsOf(record);
    return Math.min(own, ...childrenOf(pid).map(youngest));
  };
  return Math.max(0, SETTLED_MS - youngest(root));
}

/**
 * The Node processes of a tree, the root first, without loopscope's own. What stands between them (shells, npm) is
 * passed through. A child is not told until it is old enough to be what it looks like.
 */
export function nodeTreeOf(root: number): readonly ProcessRecord[] {
  const found: ProcessRecord[] = [];
  const none: ReadonlySet<number> = new Set();
  const visit = (pid: number): void => {
    const record = readProcess(pid);
    if (record === null || isLoopscope(record, none)) return;
    const settled = pid === root || ageMsOf(record) >= SETTLED_MS;
    if (settled && recogniseNode(pid).ok) found.push(record);
    for (const child of childrenOf(pid)) visit(child);
  };
  visit(root);
  return found;
}
