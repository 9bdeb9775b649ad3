/**
 * What the user looks at: the screen, the focus, selections, the span of time, dialogs. One value, changed only by
 * `reduceUi`; the data is not in it.
 */
import { assertNever } from '../shared/result.ts';
import type { Span } from '../timeline/series.ts';

export const SCREENS = ['overview', 'cpu', 'memory', 'requests', 'loop', 'resources', 'findings'] as const;
/** The screens with a tab, and what a service prints that we started. */
export type ScreenId = (typeof SCREENS)[number] | 'output';

export type PanelId =
  | 'findings'
  | 'routes'
  | 'hottest'
  | 'flame'
  | 'sites'
  | 'stalls'
  | 'pools'
  | 'peers'
  | 'output';

/** Panels that take the focus, in the order of the tab key. */
const PANELS: Readonly<Record<ScreenId, readonly PanelId[]>> = {
  overview: ['findings', 'routes', 'hottest'],
  cpu: ['flame', 'hottest'],
  memory: ['sites'],
  requests: ['routes'],
  loop: ['stalls'],
  resources: ['pools', 'peers'],
  findings: ['findings'],
  output: ['output'],
};

const WINDOWS_MS = [10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000] as const;
const DEFAULT_WINDOW = WINDOWS_MS.indexOf(60_000);

const ROUTE_SORTS = ['p99', 'rate', 'errors', 'time', 'route'] as const;
type RouteSort = (typeof ROUTE_SORTS)[number];

/** Functions by their own time or with what they called, or packages by the time in their functions. */
const HOTTEST_ORDERS = ['self', 'total', 'package'] as const;
type HottestOrder = (typeof HOTTEST_ORDERS)[number];

/** A line of text that is being typed. */
interface Prompt {
  readonly purpose: 'filter' | 'mark';
  readonly text: string;
}

/** The row that the user chose, and where it was. */
interface ListCursor {
  readonly row: number;
  readonly key: string | null;
}

const AT_THE_TOP: ListCursor = { row: 0, key: null };

interface Selecting {
  readonly anchorMs: number;
  readonly movingMs: number;
}

export interface UiState {
  readonly screen: ScreenId;
  readonly focus: Readonly<Record<ScreenId, number>>;
  readonly selected: Readonly<Record<PanelId, ListCursor>>;
  /** End of what is shown; null follows the newest data. */
  readonly heldAtMs: number | null;
  /** Ends of the span that is being selected, the one that moves last. */
  readonly selecting: Selecting | null;
  /** What every screen shows instead of the window. */
  readonly chosenSpan: Span | null;
  readonly windowIndex: number;
  readonly help: boolean;
  readonly prompt: Prompt | null;
  /** Narrows lists, and finds frames in the flame graph. */
  readonly filter: string;
  readonly routeSort: RouteSort;
  /** From the root's child to the frame, by frame key; empty is the root. */
  readonly zoom: readonly string[];
  readonly cursor: readonly string[];
  readonly inverted: boolean;
  readonly hottestBy: HottestOrder;
  readonly notice: string | null;
}

export const INITIAL_UI: UiState = {
  screen: 'overview',
  focus: { overview: 0, cpu: 0, memory: 0, requests: 0, loop: 0, resources: 0, findings: 0, output: 0 },
  selected: {
    findings: AT_THE_TOP,
    routes: AT_THE_TOP,
    hottest: AT_THE_TOP,
    flame: AT_THE_TOP,
    sites: AT_THE_TOP,
    stalls: AT_THE_TOP,
    pools: AT_THE_TOP,
    peers: AT_THE_TOP,
    output: AT_THE_TOP,
  },
  heldAtMs: null,
  selecting: null,
  chosenSpan: null,
  windowIndex: DEFAULT_WINDOW,
  help: false,
  prompt: null,
  filter: '',
  routeSort: 'p99',
  zoom: [],
  cursor: [],
  inverted: false,
  hottestBy: 'self',
  notice: null,
};

export type UiAction =
  | { readonly kind: 'show'; readonly screen: ScreenId }
  | { readonly kind: 'focus'; readonly by: 1 | -1 }
  | { readonly kind: 'focus-on'; readonly panel: PanelId }
  | { readonly kind: 'select'; readonly panel: PanelId; readonly row: number; readonly key: string | null }
  | { readonly kind: 'help'; readonly open: boolean }
  | { readonly kind: 'back' }
  | { readonly kind: 'hold'; readonly atMs: number | null }
  | { readonly kind: 'window'; readonly by: 1 | -1 }
  | { readonly kind: 'selecting'; readonly span: Selecting; readonly heldAtMs: number }
  | { readonly kind: 'choose-span'; readonly span: Span }
  | { readonly kind: 'ask'; readonly purpose: Prompt['purpose'] }
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'erase' }
  | { readonly kind: 'submit' }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'sort' }
  | { readonly kind: 'flame-cursor'; readonly path: readonly string[] }
  | { readonly kind: 'zoom'; readonly path: readonly string[] }
  | { readonly kind: 'invert' }
  | { readonly kind: 'hottest-by' }
  | { readonly kind: 'notice'; readonly text: string | null };

const LONGEST_PROMPT = 120;

export function reduceUi(ui: UiState, action: UiAction): UiState {
  switch (action.kind) {
    case 'show':
      return { ...ui, screen: action.screen, help: false };
    case 'focus': {
      const count = PANELS[ui.screen].length;
      const next = (ui.focus[ui.screen] + action.by + count) % count;
      return { ...ui, focus: { ...ui.focus, [ui.screen]: next } };
    }
    case 'focus-on': {
      const place = PANELS[ui.screen].indexOf(action.panel);
      return place < 0 ? ui : { ...ui, focus: { ...ui.focus, [ui.screen]: place } };
    }
    case 'select':
      return {
        ...ui,
        selected: { ...ui.selected, [action.panel]: { row: Math.max(0, action.row), key: action.key } },
      };
    case 'help':
      return { ...ui, help: action.open };
    case 'back':
      return goBack(ui);
    case 'hold':
      return { ...ui, heldAtMs: action.atMs, selecting: null, chosenSpan: null };
    case 'window':
      // From a chosen span back to a window that ends where the span does.
      if (ui.chosenSpan) return { ...ui, chosenSpan: null, selecting: null };
      return { ...ui, windowIndex: Math.min(WINDOWS_MS.length - 1, Math.max(0, ui.windowIndex + action.by)) };
    case 'selecting':
      return { ...ui, selecting: action.span, heldAtMs: ui.heldAtMs ?? action.heldAtMs };
    case 'choose-span':
      return { ...ui, selecting: null, chosenSpan: action.span, heldAtMs: action.span.toMs };
    case 'ask':
      return {
        ...ui,
        prompt: { purpose: action.purpose, text: action.purpose === 'filter' ? ui.filter : '' },
      };
    case 'type':
      return typeInto(ui, (text) => (text + action.text).slice(0, LONGEST_PROMPT));
    case 'erase':
      return typeInto(ui, (text) => Array.from(text).slice(0, -1).join(''));
    case 'submit':
      // A filter has narrowed while it was typed; a mark belongs to the session.
      return { ...ui, prompt: null };
    case 'search':
      return { ...ui, filter: action.text };
    case 'sort': {
      const next = (ROUTE_SORTS.indexOf(ui.routeSort) + 1) % ROUTE_SORTS.length;
      return { ...ui, routeSort: ROUTE_SORTS[next] ?? 'p99' };
    }
    case 'flame-cursor':
      return { ...ui, cursor: action.path };
    case 'zoom':
      return { ...ui, zoom: action.path, cursor: action.path };
    case 'invert':
      return { ...ui, inverted: !ui.inverted, zoom: [], cursor: [] };
    case 'hottest-by':
      return {
        ...ui,
        hottestBy:
          HOTTEST_ORDERS[(HOTTEST_ORDERS.indexOf(ui.hottestBy) + 1) % HOTTEST_ORDERS.length] ?? 'self',
      };
    case 'notice':
      return { ...ui, notice: action.text };
    default:
      return assertNever(action);
  }
}

export function focusedPanel(ui: UiState): PanelId {
  return PANELS[ui.screen][ui.focus[ui.screen]] ?? 'findings';
}

export function windowMs(ui: UiState): number {
  return WINDOWS_MS[ui.windowIndex] ?? 60_000;
}

/** Whether there is nothing to step out of: back leads out of the screens themselves. */
export function isOutermost(ui: UiState): boolean {
  return ui.screen === 'overview' && !ui.help && !ui.prompt && !ui.selecting && ui.filter === '';
}

/** One step out: of the dialog, the filter, the zoom, the screen. */
function goBack(ui: UiState): UiState {
  if (ui.prompt) return { ...ui, prompt: null, filter: ui.prompt.purpose === 'filter' ? '' : ui.filter };
  if (ui.help) return { ...ui, help: false };
  if (ui.selecting) return { ...ui, selecting: null };
  if (ui.filter !== '') return { ...ui, filter: '' };
  if (ui.screen === 'cpu' && ui.zoom.length > 0) {
    return { ...ui, zoom: ui.zoom.slice(0, -1), cursor: ui.zoom.slice(0, -1) };
  }
  if (ui.chosenSpan && ui.screen === 'loop') return { ...ui, chosenSpan: null };
  return { ...ui, screen: 'overview' };
}

function typeInto(ui: UiState, change: (text: string) => string): UiState {
  if (!ui.prompt) return ui;
  const prompt = { ...ui.prompt, text: change(ui.prompt.text) };
  // A filter narrows while it is typed.
  return { ...ui, prompt, filter: prompt.purpose === 'filter' ? prompt.text : ui.filter };
}
