/**
 * What the user is told when something cannot be done: a stable code for scripts, what happened, and what to do.
 * `exitCode` follows the contract: 2 wrong command line, 3 target cannot be attached to, 4 target ended early,
 * 130 interrupted.
 */
export interface CodedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: 1 | 2 | 3 | 4 | 130;
}
