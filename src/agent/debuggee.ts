/** One connection's end at the service's main thread: its inspector, or what stands in for it. */

/** A message of the protocol, from the service. */
export type InspectorMessage =
  | { readonly method: string; readonly params?: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: number; readonly message: string } };

export interface Debuggee {
  call(id: number, method: string, params: Record<string, unknown>): void;
  /** Ends the session: what it had enabled, profiled or bound is undone. */
  close(): void;
}

export type DebuggeeConnector = (send: (message: InspectorMessage) => void) => Debuggee;
