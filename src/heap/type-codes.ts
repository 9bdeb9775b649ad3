/** The numbers that this snapshot gives to the types the rules speak of; -1 for one that it does not know. */
import type { SnapshotLayout } from './snapshot-layout.ts';

export interface NodeTypeCodes {
  readonly hidden: number;
  readonly array: number;
  readonly string: number;
  readonly consString: number;
  readonly slicedString: number;
  readonly object: number;
  readonly code: number;
  readonly closure: number;
  readonly regexp: number;
  readonly native: number;
  readonly synthetic: number;
}

export interface EdgeTypeCodes {
  readonly context: number;
  readonly element: number;
  readonly property: number;
  readonly internal: number;
  readonly hidden: number;
  readonly shortcut: number;
  readonly weak: number;
}

export function nodeTypeCodes({ nodeTypes }: SnapshotLayout): NodeTypeCodes {
  return {
    hidden: nodeTypes.indexOf('hidden'),
    array: nodeTypes.indexOf('array'),
    string: nodeTypes.indexOf('string'),
    consString: nodeTypes.indexOf('concatenated string'),
    slicedString: nodeTypes.indexOf('sliced string'),
    object: nodeTypes.indexOf('object'),
    code: nodeTypes.indexOf('code'),
    closure: nodeTypes.indexOf('closure'),
    regexp: nodeTypes.indexOf('regexp'),
    native: nodeTypes.indexOf('native'),
    synthetic: nodeTypes.indexOf('synthetic'),
  };
}

export function edgeTypeCodes({ edgeTypes }: SnapshotLayout): EdgeTypeCodes {
  return {
    context: edgeTypes.indexOf('context'),
    element: edgeTypes.indexOf('element'),
    property: edgeTypes.indexOf('property'),
    internal: edgeTypes.indexOf('internal'),
    hidden: edgeTypes.indexOf('hidden'),
    shortcut: edgeTypes.indexOf('shortcut'),
    weak: edgeTypes.indexOf('weak'),
  };
}
