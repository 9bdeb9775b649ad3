/** The help, made from the keymap. */
import { KEYMAP, isBoundOn, type KeyBinding } from '../keymap.ts';
import { drawFrame } from '../drawing/frame.ts';
import { drawWrapped, wrappedLines } from '../drawing/wrapped-text.ts';
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

const KEY_COLUMNS = 11;
/** From here on the groups stand in two columns. */
const ROOM_FOR_TWO = 70;

interface HelpBlock {
  readonly title: string;
  readonly bindings: readonly KeyBinding[];
}

export const drawHelp: Panel = (surface, view) => {
  const { theme, width, height } = surface;
  surface.fill(0, 0, width, height, ' ', 0);
  drawFrame(surface, { title: 'Keys', focused: true, right: [['esc closes', theme.styleOf('dim')]] });
  const columns = width >= ROOM_FOR_TWO ? 2 : 1;
  const columnWidth = Math.floor((width - 4) / columns);
  const blocks = GROUPS.map(({ group, title }) => ({
    title,
    bindings: KEYMAP.filter(
      (binding) =>
        binding.group === group &&
        binding.help !== '' &&
        isBoundOn(binding, view.ui.screen) &&
        isAvailable(view, binding.command),
    ),
  })).filter((block) => block.bindings.length > 0);
  const rowsOf = ({ bindings }: HelpBlock): number =>
    bindings.reduce((sum, { help }) => sum + wrappedLines(help, columnWidth - 2 - KEY_COLUMNS).length, 1);
  const heights = blocks.map(rowsOf);
  const inFirst = columns === 2 ? evenSplit(heights) : blocks.length;
  // Air between the groups, where there is room for it.
  const longest = Math.max(
    ...[heights.slice(0, inFirst), heights.slice(inFirst)].map((each) => sum(each) + each.length - 1),
  );
  const gap = longest <= height - 2 ? 1 : 0;
  [blocks.slice(0, inFirst), blocks.slice(inFirst)].forEach((group, column) => {
    let y = 1;
    for (const block of group) {
      y = drawBlock(surface, 3 + column * columnWidth, y, columnWidth - 2, block) + gap;
    }
  });
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How many of the heights come first, so that both parts are about as high. */
function evenSplit(heights: readonly number[]): number {
  const higher = (count: number): number => Math.max(sum(heights.slice(0, count)), sum(heights.slice(count)));
  const counts = heights.map((_, i) => i + 1);
  return counts.reduce((best, count) => (higher(count) < higher(best) ? count : best), 1);
}

function drawBlock(
  surface: Surface,
  x: number,
  top: number,
  width: number,
  { title, bindings }: HelpBlock,
): number {
  const { theme } = surface;
  const last = surface.height - 1;
  let y = top;
  if (y < last) surface.text(x, y++, title, theme.style('title', { bold: true }), width);
  for (const { shown, help } of bindings) {
    if (y + wrappedLines(help, width - KEY_COLUMNS).length > last) return y;
    const keys = theme.glyphs.braille ? shown : shown.replace('↑ ↓ ', '').replace('← → ', '');
    surface.text(x, y, keys, theme.style('accent', { bold: true }), KEY_COLUMNS);
    y = drawWrapped(surface, x + KEY_COLUMNS, y, help, 0, width - KEY_COLUMNS);
  }
  return y;
}
