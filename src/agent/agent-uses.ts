/** What the agent measures with, and why: the answer of `loopscope agent doctor`. */
import type { AgentDescription } from './agent-wire.ts';
import type { ToolName } from './native-tools.ts';

export interface AgentUse {
  readonly what: 'CPU profiles' | 'heap snapshots' | 'allocations';
  /** Null when it cannot be had. */
  readonly by: string | null;
  readonly because: string;
}

/** From here on Node has a sampler of its own that is read without a collection. */
const FIRST_NODE_WITH_SAMPLER = 26;
const NO_INSPECTOR = 'this Node was built without an inspector';

/** @param nodeMajor of the service */
export function selectAgentUses(
  { inspector, tools }: Pick<AgentDescription, 'inspector' | 'tools'>,
  nodeMajor: number,
): readonly AgentUse[] {
  const installed = (name: ToolName): string | null => {
    const version = tools.find((tool) => tool.name === name)?.version ?? null;
    return version === null ? null : `${name} ${version}`;
  };
  const profiler = installed('v8-profiler-next');
  const heapdump = installed('heapdump');
  return inspector
    ? [
        { what: 'CPU profiles', by: "Node's inspector", because: 'it is there' },
        { what: 'heap snapshots', by: "Node's inspector", because: 'it is there' },
        allocationsWithInspector(profiler, nodeMajor),
      ]
    : [
        { what: 'CPU profiles', by: profiler, because: withoutInspector(profiler, 'v8-profiler-next') },
        {
          what: 'heap snapshots',
          by: heapdump ?? "Node's own v8.getHeapSnapshot",
          because: NO_INSPECTOR,
        },
        { what: 'allocations', by: null, because: NO_INSPECTOR },
      ];
}

function allocationsWithInspector(profiler: string | null, nodeMajor: number): AgentUse {
  const what = 'allocations';
  if (nodeMajor >= FIRST_NODE_WITH_SAMPLER) {
    return { what, by: "Node's own v8.startHeapProfile", because: 'it is read without a collection' };
  }
  return profiler === null
    ? {
        what,
        by: "Node's inspector",
        because:
          'v8-profiler-next is not installed: every reading collects the whole heap first (240 ms at 170 MB, 2 ms with it)',
      }
    : { what, by: profiler, because: 'it is read without a collection' };
}

const withoutInspector = (tool: string | null, name: ToolName): string =>
  tool === null ? `${NO_INSPECTOR}, and ${name} is not installed where the service runs` : NO_INSPECTOR;
