/** Pools of connections: how full, who holds, who waits. */
import type { CodeFrame } from '../code-frame.ts';

export interface PoolState {
  /** Same pool, same id, for the whole session. */
  readonly id: string;
  readonly driver: string;
  readonly name: string;
  readonly max: number | null;
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  readonly longestHeldMs: number | null;
  readonly longestWaitMs: number | null;
  readonly medianHeldMs: number | null;
  readonly holders: readonly {
    readonly heldMs: number;
    readonly takenBy: readonly CodeFrame[];
    readonly route: string | null;
    /** Whether the connection is running a query now; null when the driver does not say. */
    readonly busy: boolean | null;
  }[];
  /** Who waits for a connection, the longest first: where holders took theirs before we came, this is who asks. */
  readonly waiters?: readonly {
    readonly waitedMs: number;
    readonly askedBy: readonly CodeFrame[];
    readonly route: string | null;
  }[];
}

export interface PoolsEvent {
  readonly kind: 'pools';
  readonly atMs: number;
  readonly pools: readonly PoolState[];
}
