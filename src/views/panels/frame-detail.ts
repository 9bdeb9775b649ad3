/** The selected frame of the flame graph: where it is, what it takes, who calls it. */
import { nodeAt } from '../../presentation/flame-layout.ts';
import { formatMs, formatPlace, formatShare } from '../../presentation/format.ts';
import { selectCursor, selectShownTree } from '../../presentation/shown-tree.ts';
import { drawBar } from '../drawing/bar.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import type { Surface } from '../terminal/surface.ts';
import type { Panel } from '../view.ts';

const LABEL_COLUMNS = 9;

export const drawFrameDetail: Panel = (surface, view) => {
  const { theme } = surface;
  const root = selectShownTree(view.data, view.ui.inverted);
  const { node, path } = nodeAt(root, selectCursor(root, view.ui.cursor));
  const { frame } = node;
  drawFrame(surface, {
    title: frame.function,
    right: [[frame.package ?? frame.origin, theme.styleOf('dim')]],
  });
  insideFrame(surface, (inside) => {
    const dim = theme.styleOf('dim');
    const whole = frame.file === '' ? '(no file)' : `${frame.file}${frame.line > 0 ? `:${frame.line}` : ''}`;
    // The end of a long path says more than its beginning.
    const place = LABEL_COLUMNS + whole.length > inside.width ? formatPlace(frame) : whole;
    inside.text(0, 0, 'at', dim);
    inside.text(LABEL_COLUMNS, 0, place, 0, inside.width - LABEL_COLUMNS);
    drawShare(inside, 1, 'total', node.totalMs, root.totalMs);
    drawShare(inside, 2, 'self', node.selfMs, root.totalMs);
    const names = path.map((key) => key.split('\n')[0] ?? '').toReversed();
    const chain = names.slice(1).join(` ${theme.glyphs.left} `);
    inside.text(0, 3, view.ui.inverted ? 'callees' : 'callers', dim);
    inside.text(LABEL_COLUMNS, 3, chain === '' ? '(root)' : chain, 0, inside.width - LABEL_COLUMNS);
    inside.text(0, 5, 'callees', dim);
    node.children.slice(0, Math.max(0, inside.height - 5)).forEach((child, i) => {
      inside.textRight(
        LABEL_COLUMNS,
        5 + i,
        6,
        formatShare(root.totalMs > 0 ? child.totalMs / root.totalMs : 0),
        dim,
      );
      inside.text(LABEL_COLUMNS + 8, 5 + i, child.frame.function, 0, inside.width - LABEL_COLUMNS - 8);
    });
  });
};

function drawShare(inside: Surface, y: number, label: string, ms: number, allMs: number): void {
  const { theme, width } = inside;
  const share = allMs > 0 ? ms / allMs : 0;
  inside.text(0, y, label, theme.styleOf('dim'));
  inside.textRight(LABEL_COLUMNS, y, 6, formatShare(share), theme.style('strong', { bold: true }));
  const bar = Math.max(0, width - LABEL_COLUMNS - 8 - 9);
  drawBar(inside, LABEL_COLUMNS + 8, y, bar, share, theme.styleOf('warning'));
  inside.textRight(width - 8, y, 8, formatMs(ms), theme.styleOf('dim'));
}
