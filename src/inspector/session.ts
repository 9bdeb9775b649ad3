/**
 * One conversation with one inspector. Calls and events only: what they mean is the collectors' concern.
 */
import type { Result } from '../shared/result.ts';

/** Why a call has no answer. A call never throws for these: the caller decides what a silence means. */
export type CallFailure =
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'protocol'; readonly code: number; readonly message: string }
  | { readonly kind: 'exception'; readonly description: string };

export interface CallOptions {
  /** Milliseconds until the caller gives up; the answer is then dropped when it comes. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface EvaluateOptions extends CallOptions {
  /**
   * Whether the expression uses the command-line API (`require`, `profile`). Default false: on Node 18 and 20 it can
   * kill a service (see `builtin-modules.ts`, which is the only one to ask for it).
   */
  readonly commandLineApi?: boolean;
}

export interface InspectorSession {
  call<T = unknown>(
    method: string,
    params?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<Result<T, CallFailure>>;
  /**
   * Evaluates a constant expression in the service, never awaiting a promise in it, and returns its value. A throw
   * inside is `exception`.
   */
  evaluate<T = unknown>(expression: string, options?: EvaluateOptions): Promise<Result<T, CallFailure>>;
  /** Listens to one protocol event; the return value stops listening. */
  on(event: string, listener: (params: never) => void): () => void;
  /** Called once when the connection ends; at once if it has ended already. */
  onClosed(listener: (reason: string) => void): () => void;
  readonly closed: boolean;
  close(): void;
}
