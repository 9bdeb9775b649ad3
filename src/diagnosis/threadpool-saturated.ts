/** The libuv pool is full: files, DNS look-ups, crypto and zlib of the whole process wait for a free thread. */
import { attributeSpans } from '../model/cause-attribution.ts';
import type { SpanAttribution } from '../model/cause-attribution.ts';
import type { FindingCauses } from '../model/finding.ts';
import type { CodeFrame, ThreadPoolEvent } from '../model/timeline-event.ts';
import { formatMs, formatShare } from '../shared/quantity.ts';
import { selectThreadPool } from '../timeline/resource-selectors.ts';
import { selectCpuShare, STARVED_WAIT_SHARE } from './cpu-contention.ts';
import { culpritsOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';

type PoolWork = FindingCauses['threadpool-saturated'];

const FEWEST_READINGS = 4;
/** An idle pool answers in 0.1 to 0.2 ms, a full one in 186 to 493 ms (measured): this is far from both. */
const WAIT_MS = 20;
/** One reading in three: a burst now and then is what a pool is for. */
const WAITING_SHARE = 1 / 3;
/** Felt by a person (100 ms; Nielsen 1993). */
const CRITICAL_MS = 100;

/** Above 70% utilization an M/M/1 queue waits more than twice its service time: the probe queues as well. */
const BUSY_UTILIZATION = 0.7;

/** The modules whose asynchronous functions use the pool. */
const WORK_OF_FILE: readonly (readonly [RegExp, Exclude<PoolWork, 'unknown'>])[] = [
  [/^node:(?:internal\/)?crypto\b/, 'crypto'],
  [/^node:(?:internal\/)?zlib\b/, 'zlib'],
  [/^node:(?:internal\/)?dns\b/, 'dns'],
  [/^node:(?:internal\/)?fs\b/, 'fs'],
];

const SIZE_REMEDY =
  'give the pool more threads: UV_THREADPOOL_SIZE, up to the number of cores for computing work';

const REMEDIES: Readonly<Record<PoolWork, readonly string[]>> = {
  crypto: [
    SIZE_REMEDY,
    'bound how many hashes run at once (p-limit), or move them to a worker-thread pool such as piscina',
  ],
  fs: [
    'bound how many files are open at once (p-limit), and read them as streams with stream.pipeline',
    SIZE_REMEDY,
  ],
  dns: [
    'keep connections alive (an agent with keepAlive), or cache look-ups with cacheable-lookup',
    'use dns.resolve, which does not use the pool, or a local resolver',
  ],
  zlib: ['compress in the reverse proxy, or at a lower level', SIZE_REMEDY],
  unknown: [
    SIZE_REMEDY,
    'find what fills it: crypto, zlib, fs or dns.lookup, and bound how many run at once',
  ],
};

export const threadpoolSaturated: Detector = {
  kind: 'threadpool-saturated',
  detect(view) {
    const readings = view.timeline.threadPool
      .between(view.span.fromMs, view.span.toMs)
      .map(({ event }) => event);
    const figures = selectThreadPool(view.timeline, view.span);
    if (!figures || readings.length < FEWEST_READINGS) {
      return notEnoughSeen(`the thread pool was probed fewer than ${FEWEST_READINGS} times`);
    }
    const waiting = readings.filter((reading) => reading.queueDelayMs >= WAIT_MS);
    if (waiting.length < readings.length * WAITING_SHARE) return NOT_FOUND;
    const callers = selectCallers(view);
    const cause = mainWork(waiting) ?? callers[0]?.work ?? 'unknown';
    if (cause === 'unknown' && isHurried(view)) {
      return notEnoughSeen('the thread pool answered late, but so does everything on a machine this busy');
    }
    const guilty = callers.filter(({ work }) => work === cause || cause === 'unknown');
    const { p50, p99 } = figures.queueDelayMs;
    const [first] = guilty;
    return {
      kind: 'found',
      findings: [
        {
          id: `threadpool-saturated:${cause}:${first?.attribution.frame?.function ?? 'unknown'}`,
          kind: 'threadpool-saturated',
          cause,
          severity: p50 >= CRITICAL_MS ? 'critical' : 'warning',
          confidence:
            Math.round((waiting.length / (waiting.length + 2)) * (cause === 'unknown' ? 80 : 95)) / 100,
          title: `${figures.size === 1 ? "the only thread of libuv's pool is" : `the ${figures.size} threads of libuv's pool are`} full${cause === 'unknown' ? '' : ` of ${cause} work`}${first ? `, started by ${nameOf(first.attribution.frame)}` : ''}`,
          impact: `files, DNS, crypto and zlib of every route wait ${formatMs(p50)} (p99 ${formatMs(p99)}) before they begin`,
          culprits: guilty.flatMap(({ attribution }) => culpritsOf(attribution).slice(0, 1)).slice(0, 3),
          routes: [],
          evidence: [
            `${waiting.length} of ${readings.length} probes waited ${WAIT_MS} ms or longer`,
            ...(waiting.at(-1)?.filledBy ?? []).map(
              ({ work, share }) => `${formatShare(share)} of the threads: ${work}`,
            ),
          ],
          remedies: REMEDIES[cause],
        },
      ],
    };
  },
};

/**
 * Without a free loop or a free CPU a probe is late for other reasons than a full pool. A main thread that seldom runs
 * tells by how long it waits for a core whenever it wants one: the pool's threads wait as long.
 */
function isHurried(view: DiagnosisView): boolean {
  return (view.loop.utilization ?? 0) >= BUSY_UTILIZATION || 1 - selectCpuShare(view) >= STARVED_WAIT_SHARE;
}

/** What most of the waiting probes found in the pool. */
function mainWork(readings: readonly ThreadPoolEvent[]): PoolWork | null {
  const shares = new Map<string, number>();
  for (const { work, share } of readings.flatMap((reading) => reading.filledBy)) {
    shares.set(work, (shares.get(work) ?? 0) + share);
  }
  const [most] = [...shares].toSorted((a, b) => b[1] - a[1]);
  const known: readonly string[] = WORK_OF_FILE.map(([, work]) => work);
  return most && known.includes(most[0]) ? (most[0] as PoolWork) : null;
}

interface Caller {
  readonly attribution: SpanAttribution;
  readonly work: PoolWork;
}

/** Functions seen calling into the modules that use the pool: starting such work costs some CPU, too. */
function selectCallers(view: DiagnosisView): readonly Caller[] {
  return attributeSpans(view.profiles, [{ startMs: view.span.fromMs, endMs: view.span.toMs }]).flatMap(
    (attribution) => {
      const work = attribution.frame && workOf(attribution.via);
      return work ? [{ attribution, work }] : [];
    },
  );
}

function workOf(frames: readonly CodeFrame[]): PoolWork | null {
  for (const [pattern, work] of WORK_OF_FILE) {
    if (frames.some((frame) => pattern.test(frame.file) && !frame.function.endsWith('Sync'))) return work;
  }
  return null;
}
