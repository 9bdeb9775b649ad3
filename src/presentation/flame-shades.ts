/** Which of a few shades each block of a flame graph has: neighbours of one kind differ, a function keeps its own. */
import type { FlameBlock } from './flame-layout.ts';

/** For one drawing of a flame graph, its blocks in the order of `layoutFlame`. */
export function createShades(): (block: Pick<FlameBlock, 'node' | 'depth'>, shades: number) => number {
  const lastShade = new Map<string, number>();
  return ({ node, depth }, shades) => {
    const row = `${depth} ${node.frame.origin}`;
    let shade = hashOf(node.frame.function) % shades;
    if (lastShade.get(row) === shade) shade = (shade + 1) % shades;
    lastShade.set(row, shade);
    return shade;
  };
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash;
}
