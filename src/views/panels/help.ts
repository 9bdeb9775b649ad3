/** The help, made from the keymap. */
import { KEYMAP, isBoundOn, type KeyBinding } from '../keymap.ts';
import { drawFrame } from '../drawing/frame.ts';
import type { Surface } from '../terminal/surface.ts';
import { isAvailable, type Panel } from '../view.ts';

const GROUPS: readonly { readonly group: KeyBinding['group']; readonly title: string }[] = [
  { group: 'screens', title: 'Screens' },
  { group: 'time', title: 'Time' },
  { group: 'moving', title: 'Moving' },
  { group: 'lists', title: 'Lists' },
  { group: 'sharing', title: 'Sharing' },
  { group: 'program', title: 'Program' },
];

const KEY_COLUMNS = 10;

export const drawHelp: Panel = (surface, view) => {
  const { theme, width, height } = surface;
  surface.fill(0, 0, width, height, ' ', 0);
  drawFrame(surface, { title: 'Keys', focused: true, right: [['esc closes', theme.styleOf('dim')]] });
  const columns = width >= 70 ? 2 : 1;
  const columnWidth = Math.floor((width - 4) / columns);
  const blocks = GROUPS.map(({ group, title }) => ({
    title,
    bindings: KEYMAP.filter(
      (binding) =>
        binding.group === group && isBoundOn(binding, view.ui.screen) && isAvailable(view, binding.command),
    ),
  })).filter((block) => block.bindings.length > 0);
  const half = Math.ceil(blocks.reduce((sum, block) => sum + block.bindings.length + 2, 0) / columns);
  let [column, y] = [0, 1];
  for (const block of blocks) {
    if (column + 1 < columns && y > 1 && y + Math.floor(block.bindings.length / 2) > half)
      [column, y] = [column + 1, 1];
    y = drawBlock(surface, 3 + column * columnWidth, y, columnWidth - 2, block.title, block.bindings);
  }
};

function drawBlock(
  surface: Surface,
  x: number,
  top: number,
  width: number,
  title: string,
  bindings: readonly KeyBinding[],
): number {
  const { theme } = surface;
  const last = surface.height - 1;
  let y = top;
  if (y < last) surface.text(x, y++, title, theme.style('title', { bold: true }), width);
  for (const { shown, help } of bindings) {
    if (y >= last) return y;
    const keys = theme.glyphs.braille
      ? shown
      : shown.replace('↑', 'up').replace('↓', 'down').replace('←', 'left').replace('→', 'right');
    surface.text(x, y, keys, theme.style('accent', { bold: true }), KEY_COLUMNS);
    surface.text(x + KEY_COLUMNS, y++, help, 0, width - KEY_COLUMNS);
  }
  return y + 1;
}
