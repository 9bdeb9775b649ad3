import { expect, it } from 'vitest';
import { selectAgentUses } from '../../src/agent/agent-uses.ts';

const tools = (profiler: string | null, heapdump: string | null) =>
  [
    { name: 'v8-profiler-next', version: profiler, loaded: false },
    { name: 'heapdump', version: heapdump, loaded: false },
  ] as const;

const byOf = (inspector: boolean, nodeMajor: number, installed: ReturnType<typeof tools>) =>
  Object.fromEntries(
    selectAgentUses({ inspector, tools: installed }, nodeMajor).map(({ what, by }) => [what, by]),
  );

it('a Node with an inspector needs a package for one thing only: allocations read without a collection', () => {
  expect(byOf(true, 20, tools(null, '0.3.15'))).toEqual({
    'CPU profiles': "Node's inspector",
    'heap snapshots': "Node's inspector",
    allocations: "Node's inspector",
  });
  expect(byOf(true, 20, tools('1.10.0', null))['allocations']).toBe('v8-profiler-next 1.10.0');
});

it('Node 26 reads allocations without a collection by itself', () => {
  expect(byOf(true, 26, tools('1.10.0', null))['allocations']).toBe("Node's own v8.startHeapProfile");
});

it('a Node without an inspector profiles with the package, and says what it lacks without', () => {
  expect(byOf(false, 22, tools('1.10.0', '0.3.15'))).toEqual({
    'CPU profiles': 'v8-profiler-next 1.10.0',
    'heap snapshots': 'heapdump 0.3.15',
    allocations: null,
  });
  const [profiles, snapshots] = selectAgentUses({ inspector: false, tools: tools(null, null) }, 22);
  expect(profiles).toMatchObject({ by: null, because: expect.stringContaining('v8-profiler-next is not') });
  expect(snapshots?.by).toContain('v8.getHeapSnapshot');
});
