/**
 * What is wrong, and how sure we are. The shapes of the contract's `findings` and `readiness`.
 *
 *   { kind: 'event-loop-blocked', cause: 'sync-crypto', severity: 'critical', culprits: [{ function: 'hash', … }] }
 */

export type LoopCause =
  | 'cpu'
  | 'json'
  | 'regexp'
  | 'sync-crypto'
  | 'sync-fs'
  | 'sync-zlib'
  | 'sync-child-process'
  | 'sync-database'
  | 'module-load'
  | 'gc'
  | 'native';

/** Every finding kind with its causes. */
export interface FindingCauses {
  'event-loop-blocked': LoopCause;
  'event-loop-frozen': LoopCause | 'unknown';
  'pool-exhausted': 'undersized' | 'held-long' | 'leaked';
  'background-work': 'after-response' | 'queue-worker';
  'process-saturated':
    | 'single-process'
    | 'all-cores'
    | 'unbalanced-workers'
    | 'worker-restarts'
    | 'worker-thread';
  'threadpool-saturated': 'crypto' | 'fs' | 'dns' | 'zlib' | 'unknown';
  'memory-growth': 'heap' | 'external' | 'native';
  'memory-limit': 'heap-limit' | 'container-limit';
  'gc-pressure': 'allocation-rate' | 'large-live-set';
  'large-responses': 'buffered';
  'slow-dependency': 'http-client' | 'database' | 'unknown';
}

export type FindingKind = keyof FindingCauses;
export type FindingCause = FindingCauses[FindingKind];

export type Severity = 'critical' | 'warning' | 'info';

const SEVERITY_ORDER: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** Orders findings by how bad they are, the worst first. */
export function compareSeverity(a: Pick<Finding, 'severity'>, b: Pick<Finding, 'severity'>): number {
  return SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity];
}

/** `exact`: a stack taken at the time. `caller`: V8 may have charged an inlined callee to it. `statistical`: by share of samples. */
export type Certainty = 'exact' | 'caller' | 'statistical';

export interface Culprit {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly package: string | null;
  /** Share of the symptom's time, 0 to 1. */
  readonly share: number;
  readonly selfMs: number;
  readonly totalMs: number;
  readonly certainty: Certainty;
  /** Innermost first, each `function file:line`. */
  readonly stack: readonly string[];
}

export interface Finding {
  /** Stable while the same fault lasts: `kind:cause:function`. */
  readonly id: string;
  readonly kind: FindingKind;
  readonly cause: FindingCause;
  readonly severity: Severity;
  /** 0 to 1. */
  readonly confidence: number;
  readonly title: string;
  readonly impact: string;
  readonly culprits: readonly Culprit[];
  /** `GET /login/:user`, the most affected or most guilty first. */
  readonly routes: readonly string[];
  readonly evidence: readonly string[];
  readonly remedies: readonly string[];
}

/** A detector's answer: a rule that cannot tell yet says so instead of saying no. */
export type Verdict =
  | { readonly kind: 'found'; readonly findings: readonly Finding[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-enough-seen'; readonly because: string };

export const READINESS_CHECKS = [
  'async-correctness',
  'connection-pools',
  'worker-strategy',
  'background-work',
  'behaviour-under-load',
  'latency-tracking',
] as const;

export interface ReadinessCheck {
  readonly check: (typeof READINESS_CHECKS)[number];
  readonly verdict: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly because: string;
  /** Ids of the findings behind the verdict. */
  readonly findings: readonly string[];
}
