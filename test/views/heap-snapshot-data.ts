/** Two small snapshots as the heap thread would describe them: a Map of sessions that grew. */
import type {
  GrowthHolder,
  HeapComparison,
  HeapObject,
  HeapSummary,
  RetainingStep,
} from '../../src/model/heap-snapshot.ts';
import { createExplorer, type Explorer } from '../../src/views/heap/explorer-state.ts';

function heapObject(id: number, name: string, retainedBytes: number, constructor: string = name): HeapObject {
  return { id, constructor, name, shallowBytes: 64, retainedBytes, distance: 3 };
}

const GLOBAL = heapObject(3, 'globalThis', 48_000_000);
const SERVE = heapObject(41, 'serve() /srv/shop/lib/serve.mjs:5', 41_000_000, 'Function');
const CONTEXT = heapObject(43, 'system / Context', 40_500_000);
const SESSIONS = heapObject(45, 'Map', 40_000_000);
const SESSION = heapObject(101, 'Session', 8_000);

const SESSIONS_PATH: readonly RetainingStep[] = [
  { object: GLOBAL, edge: 'property', name: 'shop' },
  { object: SERVE, edge: 'internal', name: 'context' },
  { object: CONTEXT, edge: 'variable', name: 'sessionsByToken' },
];

const summary: HeapSummary = {
  jsonBytes: 120_000_000,
  objects: 812_345,
  edges: 3_456_789,
  shallowBytes: 52_000_000,
  unreachable: { objects: 0, shallowBytes: 0 },
  detached: { objects: 0, shallowBytes: 0 },
  constructors: [
    constructorOf('Map', 26, 934_000, 41_000_000),
    { ...constructorOf('Session', 5_000, 320_000, 39_000_000), place: '/srv/shop/lib/session.mjs:12' },
    constructorOf('(string)', 154_000, 5_300_000, 5_300_000),
    constructorOf('Array', 481, 83_000, 360_000),
  ],
  retainers: [
    { ...SESSIONS, path: SESSIONS_PATH },
    { ...heapObject(77, 'Array', 2_600_000), path: [] },
  ],
  duplicateStrings: [
    { text: 'text/html; charset=utf-8', copies: 4_711, shallowBytes: 188_440, wastedBytes: 188_400 },
    { text: 'it costs 3 € in 東京', copies: 12, shallowBytes: 960, wastedBytes: 880 },
  ],
};

function constructorOf(name: string, instances: number, shallowBytes: number, retainedBytes: number) {
  return { name, place: null, key: name, instances, shallowBytes, retainedBytes, distance: 4 };
}

const sessionsGrew: GrowthHolder = {
  object: SESSIONS,
  path: SESSIONS_PATH,
  grownBytes: 31_000_000,
  newBytes: 31_500_000,
  newObjects: 60_000,
  holds: [
    { constructor: 'Session', objects: 4_000, retainedBytes: 31_000_000, example: SESSION, via: [] },
    {
      constructor: '(string)',
      objects: 4_000,
      retainedBytes: 96_000,
      example: heapObject(201, '"token-349"', 24, '(string)'),
      via: [],
    },
  ],
};

const comparison: HeapComparison = {
  matchedBy: 'ids',
  before: { objects: 700_000, shallowBytes: 21_000_000 },
  after: { objects: 812_345, shallowBytes: 52_000_000 },
  newObjects: 60_000,
  newBytes: 31_500_000,
  holders: [
    sessionsGrew,
    { object: GLOBAL, path: [], grownBytes: 2_900, newBytes: 5_200, newObjects: 15, holds: [] },
  ],
  constructors: [
    { name: 'Session', newInstances: 4_000, goneInstances: 0, instances: 5_000, shallowDeltaBytes: 256_000 },
    { name: 'Quote', newInstances: 500, goneInstances: 500, instances: 500, shallowDeltaBytes: -120 },
  ],
};

/** The explorer with everything answered that it asks for by itself. */
export function explorerOf(files: 1 | 2): Explorer {
  const names = ['/tmp/before.heapsnapshot', '/tmp/after.heapsnapshot'];
  const explorer = createExplorer(files === 2 ? names : names.slice(1));
  return {
    ...explorer,
    data: {
      ...explorer.data,
      work: null,
      summary,
      comparison: files === 2 ? comparison : null,
      lists: new Map([
        ['instances Session', [SESSION, heapObject(103, 'Session', 9_500)]],
        ['found token', [heapObject(201, '"token-349"', 24, '(string)')]],
      ]),
      members: new Map([
        [1, [GLOBAL, heapObject(5, '(GC roots)', 3_000_000)]],
        [3, [SERVE, heapObject(77, 'Array', 64)]],
        [41, [CONTEXT]],
        [45, [SESSION]],
      ]),
      paths: new Map([
        [45, SESSIONS_PATH],
        [101, [...SESSIONS_PATH, { object: SESSIONS, edge: 'entry', name: 'token-1' }]],
      ]),
    },
  };
}
