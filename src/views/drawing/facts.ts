/** Facts beside each other on a line: as many as fit whole, the most important first. */
import { spansColumns, type Span, type Surface } from '../terminal/surface.ts';

/** What a line says of one thing: a label and a figure, mostly. */
export type Fact = readonly Span[];

const GAP = '  ';

/** The first is drawn in any case, cut where it has to be. */
export function drawFacts(
  surface: Surface,
  x: number,
  y: number,
  facts: readonly Fact[],
  maxColumns: number = surface.width - x,
): void {
  let used = 0;
  for (const fact of facts) {
    const before = used === 0 ? 0 : GAP.length;
    if (used > 0 && used + before + spansColumns(fact) > maxColumns) return;
    used += before + surface.spans(x + used + before, y, fact, maxColumns - used);
  }
}
