/** From a key to what the explorer shows next. Pure: what is asked of the heap thread follows from the result. */
import type { HeapRow } from '../../presentation/heap-tables.ts';
import { sanitise } from '../../shared/sanitiser.ts';
import { clampRow } from '../drawing/list-window.ts';
import { explorerCommandOf, type ExplorerCommand } from './explorer-keymap.ts';
import {
  placeKey,
  placeOf,
  tabsOf,
  type Explorer,
  type ExplorerPrompt,
  type ExplorerUi,
  type Opened,
} from './explorer-state.ts';
import { objectOf, selectedRow, selectTable } from './explorer-table.ts';

const PAGE_ROWS = 10;
const LONGEST_PROMPT = 120;

/** What the program does itself. */
export type ProgramCommand = Extract<ExplorerCommand, 'quit' | 'suspend' | 'repaint'>;

export function pressInExplorer(explorer: Explorer, key: string): ExplorerUi | ProgramCommand {
  const { ui, data } = explorer;
  if (ui.prompt) return typeKey(ui, ui.prompt, key);
  const tab = tabsOf(data)[Number(key) - 1];
  if (/^\d$/.test(key) && tab) return { ...ui, tab, opened: [], filter: '', help: false };
  const command = explorerCommandOf(key, placeOf(ui).kind);
  if (ui.help && command !== undefined && command !== 'quit') return { ...ui, help: false };
  switch (command) {
    case undefined:
      return ui;
    case 'quit':
    case 'suspend':
    case 'repaint':
      return command;
    case 'help':
      return { ...ui, help: true };
    case 'back':
      return goBack(ui);
    case 'next-tab':
    case 'previous-tab':
      return turnTab(explorer, command === 'next-tab' ? 1 : -1);
    case 'filter':
      return { ...ui, prompt: { purpose: 'filter', text: ui.filter } };
    case 'find':
      return { ...ui, prompt: { purpose: 'find', text: '' } };
    case 'sort': {
      const { kind } = placeOf(ui);
      return { ...ui, sorts: { ...ui.sorts, [kind]: (ui.sorts[kind] ?? 0) + 1 } };
    }
    default:
      return moveInList(explorer, command);
  }
}

/** Pasted text goes into the line that is being typed. */
export function pasteIntoExplorer(ui: ExplorerUi, text: string): ExplorerUi {
  return ui.prompt ? typed(ui, { ...ui.prompt, text: ui.prompt.text + sanitise(text) }) : ui;
}

type ListCommand = Exclude<
  ExplorerCommand,
  ProgramCommand | 'help' | 'back' | 'next-tab' | 'previous-tab' | 'filter' | 'find' | 'sort'
>;

function moveInList(explorer: Explorer, command: ListCommand): ExplorerUi {
  const { ui } = explorer;
  const table = selectTable(explorer);
  const row = selectedRow(explorer, table);
  const count = table?.rows.length ?? 0;
  const at = clampRow(ui.selected.get(placeKey(placeOf(ui))) ?? 0, count);
  switch (command) {
    case 'up':
      return select(ui, clampRow(at - 1, count));
    case 'down':
      return select(ui, clampRow(at + 1, count));
    case 'page-up':
      return select(ui, clampRow(at - PAGE_ROWS, count));
    case 'page-down':
      return select(ui, clampRow(at + PAGE_ROWS, count));
    case 'first':
      return select(ui, 0);
    case 'last':
      return select(ui, clampRow(count - 1, count));
    case 'open':
      return row?.subject.kind === 'constructor'
        ? openList(ui, { kind: 'instances', constructor: row.subject.constructor })
        : ui;
    case 'retained': {
      const object = objectOf(row);
      return object ? openList(ui, { kind: 'tree', root: object }) : ui;
    }
    case 'expand':
      return row ? setBranch(ui, row, row.branch?.state !== 'open') : ui;
    case 'collapse':
      return row?.branch?.state === 'open' || row?.branch?.state === 'waiting'
        ? setBranch(ui, row, false)
        : select(ui, parentRow(table?.rows ?? [], at));
  }
}

function select(ui: ExplorerUi, row: number): ExplorerUi {
  return { ...ui, selected: new Map(ui.selected).set(placeKey(placeOf(ui)), row) };
}

function openList(ui: ExplorerUi, list: Opened): ExplorerUi {
  return { ...ui, opened: [...ui.opened, list], filter: '' };
}

function setBranch(ui: ExplorerUi, { subject, branch }: HeapRow, open: boolean): ExplorerUi {
  if (subject.kind !== 'object' || branch === undefined || branch.state === 'leaf') return ui;
  const branches = new Set(ui.open);
  if (open) branches.add(subject.object.id);
  else branches.delete(subject.object.id);
  return { ...ui, open: branches };
}

function parentRow(rows: readonly HeapRow[], at: number): number {
  const depth = rows[at]?.branch?.depth ?? 0;
  const above = rows.slice(0, at).findLastIndex(({ branch }) => (branch?.depth ?? 0) < depth);
  return above === -1 ? at : above;
}

function turnTab({ ui, data }: Explorer, by: 1 | -1): ExplorerUi {
  const tabs = tabsOf(data);
  const tab = tabs[(tabs.indexOf(ui.tab) + by + tabs.length) % tabs.length] ?? ui.tab;
  return { ...ui, tab, opened: [], filter: '' };
}

/** One step out: of the filter, the list. */
function goBack(ui: ExplorerUi): ExplorerUi {
  if (ui.filter !== '') return { ...ui, filter: '' };
  return { ...ui, opened: ui.opened.slice(0, -1) };
}

function typeKey(ui: ExplorerUi, prompt: ExplorerPrompt, key: string): ExplorerUi | ProgramCommand {
  switch (key) {
    case 'ctrl-c':
      return 'quit';
    case 'enter': {
      const text = prompt.text.trim();
      const closed = { ...ui, prompt: null };
      return prompt.purpose === 'find' && text !== '' ? openList(closed, { kind: 'found', text }) : closed;
    }
    case 'escape':
      return { ...ui, prompt: null, filter: prompt.purpose === 'filter' ? '' : ui.filter };
    case 'backspace':
      return typed(ui, { ...prompt, text: Array.from(prompt.text).slice(0, -1).join('') });
    case 'space':
      return typed(ui, { ...prompt, text: `${prompt.text} ` });
    default:
      return Array.from(key).length === 1 ? typed(ui, { ...prompt, text: prompt.text + sanitise(key) }) : ui;
  }
}

/** A filter narrows while it is typed. */
function typed(ui: ExplorerUi, { purpose, text }: ExplorerPrompt): ExplorerUi {
  const prompt = { purpose, text: text.slice(0, LONGEST_PROMPT) };
  return { ...ui, prompt, filter: purpose === 'filter' ? prompt.text : ui.filter };
}
