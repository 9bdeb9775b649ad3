/**
 * What is known of a heap snapshot, in the shapes that commands, screens and exports share. Plain and serialisable:
 * the snapshot itself stays in the thread that read it. Names have passed the sanitiser.
 *
 *   5000 x LeakedRequest, 4.1 MB, held by  Map  at  globalThis.tracker.pending
 */

/** One object of the snapshot. */
export interface HeapObject {
  /** V8's object id, `@4711` in DevTools: the same for the object's life. */
  readonly id: number;
  readonly constructor: string;
  /** What it is called: a function's name and place, a string's text, else the constructor. */
  readonly name: string;
  /** Its own bytes, with V8's innards that belong to it alone. */
  readonly shallowBytes: number;
  /** What would be freed with it. */
  readonly retainedBytes: number;
  /** Edges from the global objects; null for what only the engine holds. */
  readonly distance: number | null;
}

/** `element` and `entry` are members of a collection: an array's index, a Map's key, a Set's value. */
export type HeapEdgeKind = 'property' | 'variable' | 'element' | 'entry' | 'internal' | 'root';

/** One step of a retaining path: `object` holds the next one through `edge`. */
export interface RetainingStep {
  readonly object: HeapObject;
  readonly edge: HeapEdgeKind;
  /** Name of the property or variable, key of the entry, or number of the element. */
  readonly name: string;
}

export interface HeapConstructor {
  readonly name: string;
  /** Where the class is written, when V8 knows: `/srv/app/cache.js:12`. */
  readonly place: string | null;
  /** Same class, same key, in all snapshots of one process. */
  readonly key: string;
  readonly instances: number;
  readonly shallowBytes: number;
  readonly retainedBytes: number;
  readonly distance: number | null;
}

export interface DuplicateString {
  /** The beginning of the text. */
  readonly text: string;
  readonly copies: number;
  readonly shallowBytes: number;
  /** What one copy would save. */
  readonly wastedBytes: number;
}

export interface HeapSummary {
  readonly jsonBytes: number;
  readonly objects: number;
  readonly edges: number;
  readonly shallowBytes: number;
  /** Objects that nothing but weak references lead to. */
  readonly unreachable: { readonly objects: number; readonly shallowBytes: number };
  /** Native objects that were removed from where they belong and are still held. */
  readonly detached: { readonly objects: number; readonly shallowBytes: number };
  /** Largest retained size first. */
  readonly constructors: readonly HeapConstructor[];
  /** Single objects that retain the most, each with the path that holds it. */
  readonly retainers: readonly (HeapObject & { readonly path: readonly RetainingStep[] })[];
  readonly duplicateStrings: readonly DuplicateString[];
}

/** Something that was there before and holds more now. */
export interface GrowthHolder {
  readonly object: HeapObject;
  /** From the root to the holder, the holder's own step left out. */
  readonly path: readonly RetainingStep[];
  /** Bytes of new objects that it holds, less those that only replace objects of their class that are gone. */
  readonly grownBytes: number;
  readonly newBytes: number;
  readonly newObjects: number;
  /** What it holds, the most bytes first. */
  readonly holds: readonly GrownGroup[];
}

/** New objects of one constructor, held in the same way. */
export interface GrownGroup {
  readonly constructor: string;
  readonly objects: number;
  readonly retainedBytes: number;
  /** Where one of them was made, as far as its function or class tells. */
  readonly example: HeapObject;
  /** From the holder to the group, the holder's own edge first. */
  readonly via: readonly RetainingStep[];
}

export interface ConstructorGrowth {
  readonly name: string;
  readonly newInstances: number;
  readonly goneInstances: number;
  readonly instances: number;
  readonly shallowDeltaBytes: number;
}

export interface HeapComparison {
  /** `ids`: the same objects were recognised. `paths`: the two do not share object ids, so objects were matched by what holds them. */
  readonly matchedBy: 'ids' | 'paths';
  readonly before: { readonly objects: number; readonly shallowBytes: number };
  readonly after: { readonly objects: number; readonly shallowBytes: number };
  readonly newObjects: number;
  readonly newBytes: number;
  /** The biggest retainers of the growth first. */
  readonly holders: readonly GrowthHolder[];
  /** Largest change of bytes first. */
  readonly constructors: readonly ConstructorGrowth[];
}
