/** What surrounds the lists of the explorer: the file and its size, the views, the keys, the help. */
import { basename } from 'node:path';
import { formatBytes, formatCount } from '../../presentation/format.ts';
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { spansColumns, type Span, type Surface } from '../terminal/surface.ts';
import { EXPLORER_KEYMAP, explorerBindings, type ExplorerBinding } from './explorer-keymap.ts';
import { placeOf, tabsOf, type Explorer, type HeapTab, type Place } from './explorer-state.ts';

const TAB_TITLES: Readonly<Record<HeapTab, string>> = {
  growth: 'Growth',
  changes: 'Changes',
  biggest: 'Biggest',
  constructors: 'Constructors',
  dominators: 'Dominators',
  strings: 'Strings',
};

export function placeTitle(place: Place): string {
  switch (place.kind) {
    case 'growth':
      return 'What holds the growth';
    case 'changes':
      return 'What changed, by constructor';
    case 'biggest':
      return 'Objects that keep the most alive';
    case 'constructors':
      return 'Constructors';
    case 'dominators':
      return 'Who keeps what alive';
    case 'strings':
      return 'Strings that are there several times';
    case 'instances':
      return `Instances of ${place.constructor.name}`;
    case 'found':
      return `Found: ${place.text}`;
    case 'tree':
      return `Kept alive by ${place.root.name} @${place.root.id}`;
  }
}

export function drawExplorerHeader(surface: Surface, { data }: Explorer): void {
  const { theme, width } = surface;
  const dim = theme.styleOf('dim');
  const figures = figureSpans(surface, data);
  const columns = spansColumns(figures);
  surface.spans(width - columns - 1, 0, figures);
  const arrow = theme.glyphs.braille ? ' → ' : ' > ';
  const files = data.files.flatMap((file, i): Span[] => [
    [i === 0 ? '' : arrow, dim],
    [basename(file), theme.style('strong', { bold: true })],
  ]);
  const badge: Span = [' loopscope ', theme.style('onBadge', { background: 'accent', bold: true })];
  surface.spans(0, 0, [badge, [' heap  ', dim], ...files], width - columns - 3);
}

/** On a narrow screen the names of the files matter more. */
const ROOM_FOR_REFERENCES = 100;

function figureSpans({ theme, width }: Surface, { summary, comparison }: Explorer['data']): Span[] {
  if (summary === null) return [];
  const dim = theme.styleOf('dim');
  const before = comparison ? `${formatBytes(comparison.before.shallowBytes)} > ` : '';
  return [
    ['heap ', dim],
    [`${before}${formatBytes(summary.shallowBytes)}`, 0],
    ['  objects ', dim],
    [formatCount(summary.objects), 0],
    ...(width >= ROOM_FOR_REFERENCES
      ? ([
          ['  references ', dim],
          [formatCount(summary.edges), 0],
        ] as const)
      : []),
  ];
}

export function drawExplorerTabs(surface: Surface, { data, ui }: Explorer): void {
  const { theme } = surface;
  const spans = tabsOf(data).flatMap((tab, i): Span[] => {
    const active = ui.tab === tab;
    const name = active ? theme.style('strong', { background: 'tab', bold: true }) : theme.styleOf('dim');
    const key = active ? name : theme.style('accent', { bold: true });
    const air = active ? ' ' : '';
    return [
      [air, name],
      [String(i + 1), key],
      [` ${TAB_TITLES[tab]}${air}`, name],
      ['  ', 0],
    ];
  });
  surface.spans(1, 0, spans);
}

export function drawExplorerFooter(surface: Surface, { ui, data }: Explorer): void {
  const { theme, width } = surface;
  const [key, dim] = [theme.style('accent', { bold: true }), theme.styleOf('dim')];
  if (ui.prompt) {
    const label = ui.prompt.purpose === 'filter' ? '/' : 'find: ';
    const typed: Span = [ui.prompt.text, theme.style('strong', { bold: true })];
    surface.spans(1, 0, [[label, key], typed, [' ', theme.style(null, { inverse: true })]], width - 22);
    surface.textRight(0, 0, width - 1, 'enter keep  esc drop', dim);
    return;
  }
  const filter: Span[] =
    ui.filter === ''
      ? []
      : [
          ['filter ', dim],
          [ui.filter, theme.style('search', { bold: true })],
        ];
  surface.spans(width - spansColumns(filter) - 1, 0, filter);
  const bindings = explorerBindings(placeOf(ui).kind).filter(({ label }) => label !== undefined);
  // Help and quit are the two that must always be seen.
  const always = bindings.filter(({ command }) => command === 'help' || command === 'quit');
  const others = data.summary === null ? [] : bindings.filter((binding) => !always.includes(binding));
  const spansOf = ({ shown, label }: ExplorerBinding): Span[] => [
    [inGlyphs(shown, surface), key],
    [` ${label}  `, dim],
  ];
  let room = width - spansColumns(filter) - 1 - spansColumns(always.flatMap(spansOf));
  const shown = others.flatMap((binding): Span[] => {
    const spans = spansOf(binding);
    room -= spansColumns(spans);
    return room < 0 ? [] : spans;
  });
  surface.spans(1, 0, [...shown, ...always.flatMap(spansOf)]);
}

const WIDEST_HELP = 64;
const KEY_COLUMNS = 11;

/** A dialog in the middle of the screen. */
export function drawExplorerHelp(surface: Surface): void {
  const width = Math.min(surface.width - 4, WIDEST_HELP);
  const height = Math.min(surface.height - 2, EXPLORER_KEYMAP.length + 2);
  const [x, y] = [Math.floor((surface.width - width) / 2), Math.floor((surface.height - height) / 2)];
  surface.inset(x, y, width, height, (dialog) => {
    const { theme } = dialog;
    drawFrame(dialog, { title: 'Keys', focused: true, right: [['esc closes', theme.styleOf('dim')]] });
    insideFrame(dialog, (inside) => {
      EXPLORER_KEYMAP.forEach(({ shown, help }, row) => {
        inside.text(1, row, inGlyphs(shown, dialog), theme.style('accent', { bold: true }), KEY_COLUMNS - 1);
        inside.text(1 + KEY_COLUMNS, row, help, 0);
      });
    });
  });
}

function inGlyphs(keys: string, { theme }: Surface): string {
  if (theme.glyphs.braille) return keys;
  return keys.replace('↑', 'up').replace('↓', 'down').replace('←', 'left').replace('→', 'right');
}
