/**
 * What the heap explorer shows: what the heap thread has answered so far, and what the user looks at. Both are
 * values; what is missing for the picture is worked out from them, and asked for.
 *
 *   constructors -enter-> instances of Session -enter-> what Session @41 keeps alive -esc-> ...
 */
import type {
  HeapComparison,
  HeapConstructor,
  HeapObject,
  HeapSummary,
  RetainingStep,
} from '../../model/heap-snapshot.ts';
import type { HeapWork } from '../../presentation/heap-progress.ts';

const HEAP_TABS = ['growth', 'changes', 'biggest', 'constructors', 'dominators', 'strings'] as const;
export type HeapTab = (typeof HEAP_TABS)[number];

/** A list that was opened from another one. */
export type Opened =
  | { readonly kind: 'instances'; readonly constructor: HeapConstructor }
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'tree'; readonly root: HeapObject };

export type Place = Opened | { readonly kind: HeapTab };
export type PlaceKind = Place['kind'];

export interface ExplorerData {
  readonly files: readonly string[];
  /** What the heap thread is busy with; null when all that was asked is there. */
  readonly work: HeapWork | null;
  /** Of the last file. */
  readonly summary: HeapSummary | null;
  /** With two files. */
  readonly comparison: HeapComparison | null;
  /** Instances and finds by `placeKey`. */
  readonly lists: ReadonlyMap<string, readonly HeapObject[]>;
  /** What objects dominate directly, by id. */
  readonly members: ReadonlyMap<number, readonly HeapObject[]>;
  readonly paths: ReadonlyMap<number, readonly RetainingStep[]>;
}

/** A line of text that is being typed. */
export interface ExplorerPrompt {
  readonly purpose: 'filter' | 'find';
  readonly text: string;
}

export interface ExplorerUi {
  readonly tab: HeapTab;
  /** What was opened on top of the tab, the last is shown. */
  readonly opened: readonly Opened[];
  /** Selected row by `placeKey`. */
  readonly selected: ReadonlyMap<string, number>;
  /** How often the order was changed, by kind of place. */
  readonly sorts: Readonly<Partial<Record<PlaceKind, number>>>;
  readonly filter: string;
  readonly prompt: ExplorerPrompt | null;
  /** Branches of the dominator trees that are open. */
  readonly open: ReadonlySet<number>;
  readonly help: boolean;
}

export interface Explorer {
  readonly data: ExplorerData;
  readonly ui: ExplorerUi;
}

export function createExplorer(files: readonly string[]): Explorer {
  return {
    data: {
      files,
      work: { file: 0, files: files.length, progress: null },
      summary: null,
      comparison: null,
      lists: new Map(),
      members: new Map(),
      paths: new Map(),
    },
    ui: {
      tab: files.length > 1 ? 'growth' : 'biggest',
      opened: [],
      selected: new Map(),
      sorts: {},
      filter: '',
      prompt: null,
      open: new Set(),
      help: false,
    },
  };
}

/** Growth and changes want two files. */
export function tabsOf({ files }: ExplorerData): readonly HeapTab[] {
  return files.length > 1 ? HEAP_TABS : HEAP_TABS.slice(2);
}

export function placeOf({ opened, tab }: ExplorerUi): Place {
  return opened.at(-1) ?? { kind: tab };
}

/** Same list, same key. */
export function placeKey(place: Place): string {
  switch (place.kind) {
    case 'instances':
      return `instances ${place.constructor.key}`;
    case 'found':
      return `found ${place.text}`;
    case 'tree':
      return `tree ${place.root.id}`;
    default:
      return place.kind;
  }
}
