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

/** A call of ours among those of the protocol: what the agent is, and what it has. */
export const DESCRIBE_METHOD = 'LoopscopeAgent.describe';
