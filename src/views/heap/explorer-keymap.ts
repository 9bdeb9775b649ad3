/** Every key of the heap explorer, once: handling, footer and help are made from this table. */
import type { KeyName } from '../terminal/key-parser.ts';
import type { PlaceKind } from './explorer-state.ts';

export type ExplorerCommand =
  | 'next-tab'
  | 'previous-tab'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'expand'
  | 'collapse'
  | 'retained'
  | 'back'
  | 'filter'
  | 'find'
  | 'sort'
  | 'help'
  | 'repaint'
  | 'suspend'
  | 'quit';

export interface ExplorerBinding {
  readonly command: ExplorerCommand;
  readonly keys: readonly KeyName[];
  /** As the footer and the help show the keys. */
  readonly shown: string;
  /** A word for the footer; not in the footer when it is not given. */
  readonly label?: string;
  readonly help: string;
  /** Where the key does something; everywhere when it is not given. */
  readonly places?: readonly PlaceKind[];
}

const TREES: readonly PlaceKind[] = ['dominators', 'tree'];

export const EXPLORER_KEYMAP: readonly ExplorerBinding[] = [
  { command: 'next-tab', keys: ['tab'], shown: 'tab', label: 'view', help: 'next view; a digit picks one' },
  { command: 'previous-tab', keys: ['shift-tab'], shown: 'shift-tab', help: 'view before' },
  { command: 'up', keys: ['up', 'k'], shown: '↑ k', help: 'up' },
  { command: 'down', keys: ['down', 'j'], shown: '↓ j', help: 'down' },
  { command: 'page-up', keys: ['page-up', 'ctrl-u'], shown: 'PgUp', help: 'ten rows up' },
  { command: 'page-down', keys: ['page-down', 'ctrl-d'], shown: 'PgDn', help: 'ten rows down' },
  { command: 'first', keys: ['home', 'g'], shown: 'Home g', help: 'first row' },
  { command: 'last', keys: ['end', 'G'], shown: 'End G', help: 'last row' },
  {
    command: 'open',
    keys: ['enter'],
    shown: 'enter',
    label: 'instances',
    help: 'the instances of a constructor',
    places: ['constructors'],
  },
  {
    command: 'retained',
    keys: ['enter', 'd'],
    shown: 'enter',
    label: 'what it keeps',
    help: 'what the selected object keeps alive',
    places: ['growth', 'biggest', 'instances', 'found'],
  },
  {
    command: 'expand',
    keys: ['right', 'l', 'enter', 'space'],
    shown: '→ l',
    label: 'open',
    help: 'open the branch',
    places: TREES,
  },
  {
    command: 'collapse',
    keys: ['left', 'h'],
    shown: '← h',
    label: 'close',
    help: 'close the branch, or go to where it hangs',
    places: TREES,
  },
  {
    command: 'retained',
    keys: ['d'],
    shown: 'd',
    help: 'what the selected object keeps alive, alone',
    places: TREES,
  },
  {
    command: 'sort',
    keys: ['s'],
    shown: 's',
    label: 'sort',
    help: 'order by another column',
    places: ['constructors', 'changes', 'biggest', 'instances', 'found'],
  },
  {
    command: 'filter',
    keys: ['/'],
    shown: '/',
    label: 'filter',
    help: 'keep the rows that hold a text',
    places: ['growth', 'changes', 'biggest', 'constructors', 'strings', 'instances', 'found'],
  },
  { command: 'find', keys: ['f'], shown: 'f', label: 'find', help: 'find objects by name, text or @id' },
  {
    command: 'back',
    keys: ['escape', 'backspace'],
    shown: 'esc',
    label: 'back',
    help: 'back, clear the filter',
  },
  { command: 'help', keys: ['?'], shown: '?', label: 'help', help: 'this help' },
  { command: 'repaint', keys: ['ctrl-l'], shown: '^L', help: 'draw everything again' },
  { command: 'suspend', keys: ['ctrl-z'], shown: '^Z', help: 'suspend; fg comes back' },
  { command: 'quit', keys: ['q', 'ctrl-c'], shown: 'q', label: 'quit', help: 'leave' },
];

/** What a key does in a place; undefined when nothing. */
export function explorerCommandOf(key: KeyName, place: PlaceKind): ExplorerCommand | undefined {
  return explorerBindings(place).find(({ keys }) => keys.includes(key))?.command;
}

export function explorerBindings(place: PlaceKind): readonly ExplorerBinding[] {
  return EXPLORER_KEYMAP.filter(({ places }) => places === undefined || places.includes(place));
}
