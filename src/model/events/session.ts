/** What a session begins with, how it ends, what it costs, what its user marks. */

export interface TargetInfo {
  readonly pid: number;
  /** As `process.version` gives it: `v22.12.0`. */
  readonly node: string;
  readonly command: string;
  readonly cwd: string;
  readonly hostname: string;
  /** Cores the process may use: the machine's, lowered by the container's CPU quota (may be a fraction). */
  readonly cores: number;
  /** Cores of the machine. */
  readonly machineCores: number;
  readonly cgroupMemoryLimitBytes: number | null;
  readonly heapLimitBytes: number | null;
  readonly attachedBy: 'sigusr1' | 'inspector' | 'agent';
  /** When the process started, milliseconds since 1970. */
  readonly startedAtWallMs: number | null;
}

export interface SessionStartedEvent {
  readonly kind: 'session-started';
  readonly atMs: number;
  readonly wallMs: number;
  readonly target: TargetInfo;
}

export interface ConnectionEvent {
  readonly kind: 'connection';
  readonly atMs: number;
  /** `lost`: we cannot reach it, it may live on. `ended`: the process is gone, and `how` says how. */
  readonly state: 'live' | 'lost' | 'ended';
  readonly how: string | null;
}

/** What loopscope itself costs the service. */
export interface OwnCostEvent {
  readonly kind: 'own-cost';
  readonly atMs: number;
  readonly windowMs: number;
  /** Our time on the service's main thread in the window. */
  readonly mainThreadMs: number;
  readonly longestPauseMs: number;
  readonly what: string;
}

/** A moment that the user marked, with a note. */
export interface MarkEvent {
  readonly kind: 'mark';
  readonly atMs: number;
  readonly note: string;
}
