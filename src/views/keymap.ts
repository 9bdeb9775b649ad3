/** Every key, once: handling, footer and help are made from this table. */
import type { KeyName } from './terminal/key-parser.ts';
import { SCREENS, type ScreenId } from './ui-state.ts';

export type Command =
  | 'quit'
  | 'help'
  | 'show-overview'
  | 'show-cpu'
  | 'show-memory'
  | 'show-requests'
  | 'show-loop'
  | 'show-resources'
  | 'show-findings'
  | 'show-output'
  | 'next-panel'
  | 'previous-panel'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'filter'
  | 'next-match'
  | 'sort'
  | 'freeze'
  | 'play'
  | 'rewind'
  | 'forward'
  | 'slower'
  | 'faster'
  | 'to-start'
  | 'to-end'
  | 'previous-moment'
  | 'next-moment'
  | 'earlier'
  | 'later'
  | 'wider'
  | 'narrower'
  | 'invert'
  | 'select-span'
  | 'self-total'
  | 'snapshot'
  | 'copy'
  | 'write'
  | 'mark'
  | 'repaint'
  | 'suspend';

export interface KeyBinding {
  readonly command: Command;
  readonly keys: readonly KeyName[];
  /** As the footer and the help show the keys. */
  readonly shown: string;
  /** A word for the footer. */
  readonly label: string;
  /** '' where the line of its counterpart tells it, too. */
  readonly help: string;
  readonly group: 'screens' | 'moving' | 'time' | 'lists' | 'sharing' | 'program';
  /** Where the key does something; everywhere when it is not given. */
  readonly screens?: readonly ScreenId[];
  /** Place in the footer, small first; not in the footer when it is not given. */
  readonly footer?: number;
}

const SHORT_TITLES: Readonly<Record<ScreenId, string>> = {
  overview: 'Over',
  cpu: 'CPU',
  memory: 'Mem',
  requests: 'Reqs',
  loop: 'Loop',
  resources: 'Res',
  findings: 'Find',
  output: 'Out',
};

const SCREEN_TITLES: Readonly<Record<ScreenId, string>> = {
  overview: 'Overview',
  cpu: 'CPU',
  memory: 'Memory',
  requests: 'Requests',
  loop: 'Loop',
  resources: 'Resources',
  findings: 'Findings',
  output: 'Output',
};

export function screenTitle(screen: ScreenId): string {
  return SCREEN_TITLES[screen];
}

/** For narrow terminals. */
export function shortTitle(screen: ScreenId): string {
  return SHORT_TITLES[screen];
}

const SCREEN_BINDINGS: readonly KeyBinding[] = SCREENS.map((screen, i) => ({
  command: `show-${screen}`,
  keys: [String(i + 1)],
  shown: `1-${SCREENS.length}`,
  label: screenTitle(screen),
  help: i === 0 ? 'the screens' : '',
  group: 'screens',
}));

export const KEYMAP: readonly KeyBinding[] = [
  ...SCREEN_BINDINGS,
  {
    command: 'show-output',
    keys: ['o'],
    shown: 'o',
    label: 'output',
    help: 'what the service prints',
    group: 'screens',
    footer: 1,
  },
  {
    command: 'next-panel',
    keys: ['tab'],
    shown: 'tab',
    label: 'panel',
    help: 'next panel',
    group: 'moving',
    screens: ['overview', 'cpu', 'resources'],
    footer: 3,
  },
  {
    command: 'previous-panel',
    keys: ['shift-tab'],
    shown: 'shift-tab',
    label: '',
    help: '',
    group: 'moving',
    screens: ['overview', 'cpu', 'resources'],
  },
  { command: 'up', keys: ['up', 'k'], shown: '↑ ↓ k j', label: '', help: 'a row up, down', group: 'moving' },
  { command: 'down', keys: ['down', 'j'], shown: '↓ j', label: '', help: '', group: 'moving' },
  {
    command: 'left',
    keys: ['left', 'h'],
    shown: '← → h l',
    label: '',
    help: 'frames; ends of a span',
    group: 'moving',
    screens: ['cpu', 'loop'],
  },
  {
    command: 'right',
    keys: ['right', 'l'],
    shown: '→ l',
    label: '',
    help: '',
    group: 'moving',
    screens: ['cpu', 'loop'],
  },
  {
    command: 'page-up',
    keys: ['page-up', 'ctrl-u'],
    shown: 'PgUp PgDn',
    label: '',
    help: 'ten rows up, down',
    group: 'moving',
  },
  {
    command: 'page-down',
    keys: ['page-down', 'ctrl-d'],
    shown: 'PgDn',
    label: '',
    help: '',
    group: 'moving',
  },
  {
    command: 'first',
    keys: ['home', 'g'],
    shown: 'g G',
    label: '',
    help: 'first row, last row',
    group: 'moving',
  },
  { command: 'last', keys: ['end', 'G'], shown: 'End G', label: '', help: '', group: 'moving' },
  {
    command: 'open',
    keys: ['enter'],
    shown: 'enter',
    label: 'why',
    help: 'explain it; zoom in',
    group: 'moving',
    footer: 4,
  },
  {
    command: 'back',
    keys: ['escape', 'backspace'],
    shown: 'esc',
    label: 'back',
    help: 'back, clear, zoom out',
    group: 'moving',
    footer: 5,
  },
  {
    command: 'freeze',
    keys: ['space'],
    shown: 'space',
    label: 'freeze',
    help: 'hold the picture, or follow',
    group: 'time',
    footer: 2,
  },
  {
    command: 'play',
    keys: ['space'],
    shown: 'space',
    label: 'play',
    help: 'play or pause',
    group: 'time',
    footer: 2,
  },
  {
    command: 'wider',
    keys: ['-'],
    shown: '- +',
    label: '',
    help: 'longer, shorter window',
    group: 'time',
  },
  {
    command: 'narrower',
    keys: ['+', '='],
    shown: '+',
    label: '',
    help: '',
    group: 'time',
  },
  { command: 'earlier', keys: ['['], shown: '[ ]', label: '', help: 'back, forward in time', group: 'time' },
  { command: 'later', keys: [']'], shown: ']', label: '', help: '', group: 'time' },
  { command: 'rewind', keys: ['['], shown: '[', label: '', help: '', group: 'time' },
  {
    command: 'forward',
    keys: [']'],
    shown: '[ ]',
    label: 'seek',
    help: 'half a window back, on',
    group: 'time',
    footer: 3,
  },
  {
    command: 'to-start',
    keys: ['{'],
    shown: '{ }',
    label: '',
    help: 'its beginning, its end',
    group: 'time',
  },
  { command: 'to-end', keys: ['}'], shown: '}', label: '', help: '', group: 'time' },
  {
    command: 'previous-moment',
    keys: [','],
    shown: ',',
    label: '',
    help: '',
    group: 'time',
  },
  {
    command: 'next-moment',
    keys: ['.'],
    shown: ', .',
    label: 'marks',
    help: 'mark or long stall: the one before, the next',
    group: 'time',
    footer: 3,
  },
  { command: 'slower', keys: ['<'], shown: '<', label: '', help: '', group: 'time' },
  {
    command: 'faster',
    keys: ['>'],
    shown: '< >',
    label: 'speed',
    help: 'play slower, faster',
    group: 'time',
    footer: 3,
  },
  {
    command: 'select-span',
    keys: ['v'],
    shown: 'v',
    label: 'span',
    help: 'select a span of time',
    group: 'time',
    screens: ['loop'],
    footer: 3,
  },
  {
    command: 'mark',
    keys: ['m'],
    shown: 'm',
    label: 'mark',
    help: 'mark the moment, a note',
    group: 'time',
    footer: 11,
  },
  {
    command: 'filter',
    keys: ['/'],
    shown: '/',
    label: 'filter',
    help: 'filter lists, find frames',
    group: 'lists',
    footer: 6,
  },
  {
    command: 'next-match',
    keys: ['n'],
    shown: 'n',
    label: 'next',
    help: 'next match in the flame graph',
    group: 'lists',
    screens: ['cpu'],
    footer: 7,
  },
  {
    command: 'sort',
    keys: ['s'],
    shown: 's',
    label: 'sort',
    help: 'sort by another column',
    group: 'lists',
    screens: ['overview', 'requests'],
    footer: 8,
  },
  {
    command: 'invert',
    keys: ['i'],
    shown: 'i',
    label: 'invert',
    help: 'callers below, or callees below',
    group: 'lists',
    screens: ['cpu'],
    footer: 8,
  },
  {
    command: 'self-total',
    keys: ['t'],
    shown: 't',
    label: 'self/total',
    help: 'hottest by self, total, package',
    group: 'lists',
    screens: ['cpu'],
    footer: 9,
  },
  {
    command: 'snapshot',
    keys: ['S'],
    shown: 'S',
    label: 'snapshot',
    help: 'heap snapshots, price first: what holds the growth',
    group: 'lists',
    screens: ['memory'],
    footer: 7,
  },
  {
    command: 'copy',
    keys: ['y'],
    shown: 'y',
    label: 'copy',
    help: 'copy finding as Markdown',
    group: 'sharing',
    footer: 9,
  },
  {
    command: 'write',
    keys: ['w'],
    shown: 'w',
    label: 'write',
    help: 'write a report and a recording',
    group: 'sharing',
    footer: 10,
  },
  {
    command: 'help',
    keys: ['?'],
    shown: '?',
    label: 'help',
    help: 'this help',
    group: 'program',
    footer: 20,
  },
  {
    command: 'repaint',
    keys: ['ctrl-l'],
    shown: '^L',
    label: '',
    help: 'draw everything again',
    group: 'program',
  },
  {
    command: 'suspend',
    keys: ['ctrl-z'],
    shown: '^Z',
    label: '',
    help: 'suspend; fg comes back',
    group: 'program',
  },
  {
    command: 'quit',
    keys: ['q', 'ctrl-c'],
    shown: 'q',
    label: 'quit',
    help: 'leave; the service runs on',
    group: 'program',
    footer: 21,
  },
];

/** What a key does on a screen; undefined when nothing. */
export function commandOf(
  key: KeyName,
  screen: ScreenId,
  available: (command: Command) => boolean,
): Command | undefined {
  return KEYMAP.find(
    (binding) => binding.keys.includes(key) && isBoundOn(binding, screen) && available(binding.command),
  )?.command;
}

export function isBoundOn(binding: KeyBinding, screen: ScreenId): boolean {
  return binding.screens === undefined || binding.screens.includes(screen);
}

/** The footer's keys for a screen, in order. */
export function footerBindings(
  screen: ScreenId,
  available: (command: Command) => boolean,
): readonly KeyBinding[] {
  return KEYMAP.filter(
    (binding) => binding.footer !== undefined && isBoundOn(binding, screen) && available(binding.command),
  ).toSorted((a, b) => (a.footer ?? 0) - (b.footer ?? 0));
}
