/**
 * `.heapprofile`, V8's sampling heap profile as Chrome DevTools opens it: what was allocated while it was watched and
 * still lived at the last reading, by the code that allocated it.
 *
 *   remember < handler, 4 MB -> (root) > handler > remember { selfSize: 4 MB }
 *
 * The timeline keeps the heaviest call sites of each reading and the innermost frames of their stacks (see
 * collectors/allocation-profile.ts), so the small and the very deep are missing.
 */
import { frameKey, metaFrame, ROOT_FUNCTION } from '../../model/code-frame.ts';
import type { AllocationEvent, CodeFrame } from '../../model/timeline-event.ts';
import { wireCallFrame, type WireCallFrame } from './cpuprofile.ts';

/** `HeapProfiler.SamplingHeapProfile` of the Chrome DevTools Protocol. */
export interface WireHeapProfile {
  readonly head: WireHeapNode;
  readonly samples: readonly { readonly size: number; readonly nodeId: number; readonly ordinal: number }[];
}

export interface WireHeapNode {
  readonly callFrame: WireCallFrame;
  readonly id: number;
  readonly selfSize: number;
  readonly children: readonly WireHeapNode[];
}

interface GrowingNode extends WireHeapNode {
  selfSize: number;
  readonly children: GrowingNode[];
}

export function createHeapProfile({ sites }: AllocationEvent): WireHeapProfile {
  let nodes = 0;
  const growing = (frame: CodeFrame): GrowingNode => ({
    callFrame: wireCallFrame(frame),
    id: ++nodes,
    selfSize: 0,
    children: [],
  });
  const known = new Map<string, GrowingNode>();
  const head = growing(metaFrame(ROOT_FUNCTION));
  const samples = sites.map(({ stack, liveBytes }, index) => {
    let node = head;
    for (const frame of stack.toReversed()) {
      const key = `${node.id}\n${frameKey(frame)}`;
      let child = known.get(key);
      if (child === undefined) {
        child = growing(frame);
        known.set(key, child);
        node.children.push(child);
      }
      node = child;
    }
    node.selfSize += liveBytes;
    return { size: liveBytes, nodeId: node.id, ordinal: index + 1 };
  });
  return { head, samples };
}
