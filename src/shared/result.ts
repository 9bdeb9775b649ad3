/**
 * Outcomes as values. What can fail in normal use (a target that cannot be attached to, a connection that ends)
 * is returned; exceptions are kept for faults in loopscope itself.
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error });

/** Ends a switch over a closed union: a kind that was added and not handled fails to compile. */
export function assertNever(value: never): never {
  throw new Error(`unhandled kind: ${JSON.stringify(value)}`);
}
