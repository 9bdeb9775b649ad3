/** A service we are connected to, and how to leave it as it was. */
import type { Result } from '../shared/result.ts';
import type { CodedError } from '../shared/coded-error.ts';
import type { TargetInfo } from '../model/timeline-event.ts';
import type { InspectorSession } from './session.ts';

export interface Attachment {
  readonly session: InspectorSession;
  readonly target: TargetInfo;
  /**
   * Whether the inspector was opened by us and is ours to close. What the probe needs to undo that by itself when
   * loopscope is killed: the debug port to restore.
   */
  readonly opened: { readonly originalDebugPort: number } | null;
  /** Whether /proc of the target can be read from here; false for a remote inspector. */
  readonly local: boolean;
  /** Resolves once when the process is gone or the connection is lost, with how, as far as it can be known. */
  readonly ended: Promise<{ readonly state: 'ended' | 'lost'; readonly how: string }>;
  /**
   * Closes the inspector if we opened it, restores the debug port, closes the connection and verifies that no
   * socket of ours is left. Never rejects; what could not be done is said.
   */
  detach(): Promise<Result<void, CodedError>>;
}
