/** What the two halves of the agent, in the service's main thread and in its own, tell each other. */
import type { InspectorMessage } from './debuggee.ts';
import type { ToolName } from './native-tools.ts';

/** What the agent's thread is started with. */
export interface AgentThreadData {
  /** Folders in which optional packages are looked for. */
  readonly packagePlaces: readonly string[];
  /** Of the service's environment, what decides where the socket is put. */
  readonly environment: Readonly<Record<string, string>>;
  /** False in a build of Node without one: the main thread then answers in its stead. */
  readonly hasInspector: boolean;
}

export type ToAgentThread =
  /** The service ends: whoever is connected is let go. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'loaded'; readonly tool: ToolName }
  /** From the stand-in for the inspector. */
  | { readonly kind: 'message'; readonly connection: number; readonly message: InspectorMessage };

/** Only where there is no inspector. */
export type ToMainThread =
  | {
      readonly kind: 'call';
      readonly connection: number;
      readonly id: number;
      readonly method: string;
      readonly params: Record<string, unknown>;
    }
  | { readonly kind: 'closed'; readonly connection: number };

/** What `LoopscopeAgent.describe` answers. It is the agent's thread that does: the main thread is not asked. */
export interface AgentDescription {
  readonly version: string;
  readonly socketPath: string;
  readonly inspector: boolean;
  readonly tools: readonly {
    readonly name: ToolName;
    /** Null when it is not installed. */
    readonly version: string | null;
    readonly loaded: boolean;
  }[];
}

/** The agent's main half, as code that is evaluated in the service finds it. */
export interface AgentInService {
  /** The service ends: the agent's thread lets its clients go, or Node would wait for them. */
  leave(): void;
  /**
   * Starts V8's sampling heap profiler in a way that needs no collection to be read. Null when `v8-profiler-next` is
   * not installed. Loads a package: not to be called from an evaluate, which may interrupt anything.
   */
  startHeapSampler(intervalBytes: number): { stop(): void } | null;
}

/** Where it hangs on `globalThis`, while the service lives. */
export const AGENT_SYMBOL = 'loopscope.agent';

export const DESCRIBE_METHOD = 'LoopscopeAgent.describe';
