/**
 * A call tree as the page carries it: frames once each, nodes by number.
 *
 *   main 10 (hash 10/10) -> frames [[main, …], [hash, …]], nodes [[0, -1, 0, 10], [1, 0, 10, 10]]
 */
import type { CallTreeNode } from '../../model/call-tree.ts';
import { frameKey, metaFrame, ROOT_FUNCTION } from '../../model/code-frame.ts';
import type { CodeFrame } from '../../model/timeline-event.ts';

type FrameData = readonly [
  name: string,
  file: string,
  line: number,
  column: number,
  origin: CodeFrame['origin'],
  owner: string | null,
];

export interface FlameData {
  readonly frames: readonly FrameData[];
  /** Parents before their children, siblings heaviest first; the parent of what stands below the root is -1. */
  readonly nodes: readonly (readonly [frame: number, parent: number, selfMs: number, totalMs: number])[];
}

/** Some 40 bytes a node; those that are left out are the lightest, each far below a tenth of a percent. */
const MOST_NODES = 8_000;

/** Trees can be thousands of frames deep: nothing here recurses. */
export function fromCallTree(root: CallTreeNode): FlameData {
  const lightest = lightestKept(root);
  const frames: FrameData[] = [];
  const frameNumbers = new Map<string, number>();
  const nodes: [number, number, number, number][] = [];
  const waiting = root.children.map((node) => ({ node, parent: -1 })).toReversed();
  for (let next = waiting.pop(); next && nodes.length < MOST_NODES; next = waiting.pop()) {
    const { node, parent } = next;
    if (node.totalMs < lightest) continue;
    const { frame } = node;
    const key = frameKey(frame);
    let number = frameNumbers.get(key);
    if (number === undefined) {
      number =
        frames.push([frame.function, frame.file, frame.line, frame.column, frame.origin, frame.package]) - 1;
      frameNumbers.set(key, number);
    }
    const index = nodes.push([number, parent, rounded(node.selfMs), rounded(node.totalMs)]) - 1;
    for (const child of node.children.toReversed()) waiting.push({ node: child, parent: index });
  }
  return { frames, nodes };
}

/** The tree again; the root's time is that of its children. */
export function toCallTree({ frames, nodes }: FlameData): CallTreeNode {
  const root = growing(metaFrame(ROOT_FUNCTION), 0, 0);
  const made: Growing[] = [];
  for (const [frameNumber, parent, selfMs, totalMs] of nodes) {
    const [name, file, line, column, origin, owner] = frames[frameNumber] as FrameData;
    const node = growing({ function: name, file, line, column, origin, package: owner }, selfMs, totalMs);
    made.push(node);
    (made[parent] ?? root).children.push(node);
    if (parent === -1) root.totalMs += totalMs;
  }
  return root;
}

interface Growing {
  readonly frame: CodeFrame;
  readonly selfMs: number;
  totalMs: number;
  readonly children: Growing[];
}

const growing = (frame: CodeFrame, selfMs: number, totalMs: number): Growing => ({
  frame,
  selfMs,
  totalMs,
  children: [],
});

/** The weight of the lightest node that there is room for. */
function lightestKept(root: CallTreeNode): number {
  const weights: number[] = [];
  const waiting = [...root.children];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    weights.push(node.totalMs);
    waiting.push(...node.children);
  }
  return weights.length <= MOST_NODES ? 0 : (weights.toSorted((a, b) => b - a)[MOST_NODES] ?? 0);
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
