/**
 * The JSON report, `loopscope.report/1`. All times are in milliseconds, sizes in bytes, rates per second, shares
 * from 0 to 1. What was not measured is null, never 0.
 */
import type { Finding, ReadinessCheck } from './finding.ts';

export const REPORT_SCHEMA = 'loopscope.report/1';

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface RouteMetrics {
  readonly method: string;
  readonly route: string;
  readonly count: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly latencyMs: Percentiles;
  /** Loop time spent for this route; null unless it was sampled. */
  readonly loopMs: number | null;
  /** The part of `loopMs` after the response had been sent. */
  readonly afterResponseMs: number | null;
}

export interface QueueMetrics {
  /** `bullmq`, `pg-boss`, `amqplib`. */
  readonly kind: string;
  readonly name: string;
  readonly waiting: number | null;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  /** Jobs that ended, per second. */
  readonly perSecond: number;
}

export interface Metrics {
  readonly eventLoop: {
    readonly utilization: number | null;
    readonly delayMs: {
      readonly p50: number;
      readonly p90: number;
      readonly p99: number;
      readonly max: number;
    } | null;
    readonly stalls: { readonly count: number; readonly totalMs: number; readonly longestMs: number };
  };
  readonly requests: {
    readonly count: number;
    readonly perSecond: number;
    readonly errors: number;
    readonly inFlight: number;
    readonly latencyMs: Percentiles | null;
    readonly routes: readonly RouteMetrics[];
  } | null;
  readonly cpu: { readonly percent: number | null; readonly mainThreadPercent: number | null };
  readonly memory: {
    readonly rss: number | null;
    readonly heapUsed: number | null;
    readonly heapTotal: number | null;
    readonly heapLimit: number | null;
    readonly external: number | null;
    readonly arrayBuffers: number | null;
    readonly liveAfterGc: number | null;
    readonly growthPerSecond: number | null;
  };
  readonly gc: {
    readonly share: number;
    readonly count: number;
    readonly longestMs: number;
    readonly majorCount: number;
  } | null;
  readonly threadpool: {
    readonly size: number;
    readonly queueDelayMs: { readonly p50: number; readonly p99: number };
  } | null;
  readonly pools: readonly {
    readonly kind: string;
    readonly name: string;
    readonly max: number | null;
    readonly active: number;
    readonly idle: number;
    readonly waiting: number;
    readonly longestHeldMs: number | null;
    readonly longestWaitMs: number | null;
  }[];
  /** Queues whose jobs this process works on; the jobs are routes with the method `JOB`. Absent without any. */
  readonly queues?: readonly QueueMetrics[];
  readonly listenQueue: { readonly length: number; readonly limit: number } | null;
  readonly cluster: {
    readonly workers: readonly {
      readonly pid: number;
      readonly utilization: number | null;
      readonly requestsPerSecond: number | null;
    }[];
    readonly restarts: number;
  } | null;
  /** Worker threads of the process, the busiest first. Absent without any. */
  readonly threads?: readonly ThreadMetrics[];
  readonly overhead: { readonly mainThreadShare: number | null; readonly longestPauseMs: number | null };
}

export interface ThreadMetrics {
  readonly id: number;
  readonly name: string;
  readonly utilization: number | null;
  readonly cpuPercent: number | null;
  readonly heapUsed: number | null;
  readonly heapLimit: number | null;
  /** Where it was found most often while it was busy. */
  readonly hottest: {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly share: number;
  } | null;
}

/** One rate of `check --load`. Latency counts from when each request was due. */
export interface LoadStep {
  readonly perSecond: number | null;
  readonly answeredPerSecond: number;
  readonly failed: number;
  readonly latencyMs: Percentiles | null;
}

export interface Report {
  readonly schema: typeof REPORT_SCHEMA;
  readonly loopscope: string;
  readonly target: {
    readonly pid: number;
    readonly node: string;
    readonly command: string;
    readonly cwd: string;
    readonly cores: number;
    readonly cgroupMemoryLimit: number | null;
    readonly attachedBy: 'sigusr1' | 'inspector' | 'agent';
  };
  readonly window: { readonly startedAt: string; readonly durationMs: number };
  readonly metrics: Metrics;
  readonly findings: readonly Finding[];
  readonly readiness: readonly ReadinessCheck[];
  /** Only with `check --load`: latency over rising rates, and the rate that the service did not carry. */
  readonly load?: {
    readonly steps: readonly LoadStep[];
    readonly sustainedPerSecond: number | null;
    readonly breaks: { readonly perSecond: number; readonly because: string } | null;
  };
}
