/**
 * Callers wait for a connection. Why decides what to do: the pool is too small for its load, connections are held
 * for long, or they are never given back.
 *
 *   max 10, active 10, waiting 42, holders idle for 30 s      -> leaked
 *   max 10, active 10, waiting 42, holders in a query for 3 s -> held-long
 *   max 2,  active 2,  waiting 42, each held for 20 ms        -> undersized
 */
import { frameKey } from '../model/code-frame.ts';
import type { Certainty, Culprit, Finding, FindingCauses } from '../model/finding.ts';
import { selectSpanProfile } from '../model/span-profile.ts';
import type { CodeFrame, PoolState } from '../model/timeline-event.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { assertNever } from '../shared/result.ts';
import { selectPoolReadings, selectPools } from '../timeline/resource-selectors.ts';
import { applicationFrame, culpritOf, nameOf } from './culprit.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { selectHangingRoutes } from './route-blame.ts';

type PoolCause = FindingCauses['pool-exhausted'];
type Holder = PoolState['holders'][number];

/** One reading may catch a burst; three in a row are a state. */
const FEWEST_READINGS = 3;
/** Callers were waiting in at least every second reading. */
const WAITING_SHARE = 0.5;
/** Held this long without a query (`busy` is false) nobody is going to use the connection again. */
const LEAKED_IDLE_MS = 5_000;
/** The same where the driver does not say whether a query runs: longer than any query of a web request should. */
const LEAKED_UNKNOWN_MS = 15_000;
/** A web request's query takes milliseconds; a connection held for half a second serves two requests a second. */
const HELD_LONG_MS = 500;
/**
 * Of N connections that are held for a mean time H, none comes back in a time T with the chance exp(-N T / H). Under
 * one in twenty, H is longer than a third of N T.
 */
const NONE_RETURNED_RATIO = 1 / 3;
/** Waiting this long is felt as an outage (Nielsen's 1 s). */
const CRITICAL_WAIT_MS = 1_000;
const MOST_CULPRITS = 3;

const REMEDIES: Readonly<Record<PoolCause, readonly string[]>> = {
  undersized: [
    'raise the pool (pool.max), within what the database allows: connections of all processes together',
    'put a connection pooler such as PgBouncer in front when many processes share one database',
  ],
  'held-long': [
    'find the slow statement (EXPLAIN, pg_stat_statements) and add the missing index',
    'keep transactions short: no HTTP call and no computing between BEGIN and COMMIT',
    'set statement_timeout and a limit for waiting (connectionTimeoutMillis, acquireTimeout)',
  ],
  leaked: [
    'release in finally: try { … } finally { client.release() }, or use pool.query, which releases by itself',
    'check early returns and errors between connect and release',
    'set a limit for waiting (connectionTimeoutMillis, acquireTimeout), so that callers fail instead of hanging',
  ],
};

/** Pools of connections to other services have no database behind them. */
const AGENT_REMEDIES: readonly string[] = [
  'give it more connections: maxSockets of the agent, connections of the undici Pool or Agent',
  'make the calls shorter or fewer: a time-out (AbortSignal.timeout), a cache for what may be a little old',
];
const AGENT_DRIVERS: ReadonlySet<string> = new Set(['http.Agent', 'undici']);

/** What to do; nothing is slow about a statement where holders run none. */
function remediesFor(cause: PoolCause, { driver }: PoolState, holders: readonly Holder[]): readonly string[] {
  if (AGENT_DRIVERS.has(driver) && cause !== 'leaked') return AGENT_REMEDIES;
  const [slow, ...others] = REMEDIES[cause];
  return cause === 'held-long' && slow !== undefined && holdsIdle(holders)
    ? [...others, slow]
    : REMEDIES[cause];
}

/** Most of them hold a connection on which no query runs: between BEGIN and COMMIT something else is waited for. */
const holdsIdle = (holders: readonly Holder[]): boolean =>
  holders.filter(({ busy }) => busy === false).length > holders.length / 2;

export const poolExhausted: Detector = {
  kind: 'pool-exhausted',
  detect(view) {
    const pools = selectPools(view.timeline, view.span);
    if (pools.length === 0) return notEnoughSeen('no connection pool was found');
    let undecided = false;
    const findings = pools.flatMap((pool) => {
      const timed = selectPoolReadings(view.timeline, view.span, pool.id);
      const readings = timed.map((reading) => reading.pool);
      if (readings.length < FEWEST_READINGS) undecided ||= readings.some((reading) => reading.waiting > 0);
      return isExhausted(readings) ? [findingOf(view, readings, heldUnseenMs(timed))] : [];
    });
    if (findings.length > 0) return { kind: 'found', findings };
    return undecided ? notEnoughSeen(`fewer than ${FEWEST_READINGS} readings of the pool`) : NOT_FOUND;
  },
};

function isExhausted(readings: readonly PoolState[]): boolean {
  if (readings.length < FEWEST_READINGS) return false;
  return readings.filter(isStarved).length >= readings.length * WAITING_SHARE;
}

function isStarved({ waiting, idle, active, max }: PoolState): boolean {
  return waiting > 0 && idle === 0 && (max === null || active >= max);
}

/**
 * How long connections are held at least that were taken before anybody looked, by a driver that does not list them:
 * callers are seen to ask, and all the time not one connection came back. Null where that is not so.
 */
function heldUnseenMs(timed: ReturnType<typeof selectPoolReadings>): number | null {
  const [first, last] = [timed[0], timed.at(-1)];
  const isStuck = timed.every(
    ({ pool }) => isStarved(pool) && pool.holders.length === 0 && pool.medianHeldMs === null,
  );
  if (!first || !last || !isStuck || !timed.some(({ pool }) => (pool.waiters ?? []).length > 0)) return null;
  return (last.atMs - first.atMs) * last.pool.active * NONE_RETURNED_RATIO;
}

function findingOf(
  view: DiagnosisView,
  readings: readonly PoolState[],
  unseenHeldMs: number | null,
): Finding {
  // The reading with the longest queue shows best who holds the connections.
  const worst = readings.reduce((most, each) => (each.waiting >= most.waiting ? each : most));
  const { cause, holders } = causeOf(worst, readings, unseenHeldMs);
  const culprits = culpritsOf(view, readings, holders);
  const waitMs = Math.max(0, ...readings.map((reading) => reading.longestWaitMs ?? 0));
  const [culprit] = culprits;
  return {
    id: `pool-exhausted:${cause}:${culprit?.function ?? worst.name}`,
    kind: 'pool-exhausted',
    cause,
    severity:
      cause === 'leaked' || waitMs >= CRITICAL_WAIT_MS || worst.waiting >= worst.active
        ? 'critical'
        : 'warning',
    confidence: confidenceOf(cause, holders, readings),
    title: titleOf(cause, worst, culprit, holders),
    impact: `${formatCount(worst.waiting, 'caller')} wait for a connection${waitMs > 0 ? `, up to ${formatMs(waitMs)}` : ''}`,
    culprits,
    routes: routesOf(view, readings, holders),
    evidence: evidenceOf(view, worst, readings, holders, unseenHeldMs),
    remedies: remediesFor(cause, worst, holders),
  };
}

/** Why it is exhausted, and the holders that show it. */
function causeOf(
  worst: PoolState,
  readings: readonly PoolState[],
  unseenHeldMs: number | null,
): { readonly cause: PoolCause; readonly holders: readonly Holder[] } {
  if (unseenHeldMs !== null && unseenHeldMs >= HELD_LONG_MS)
    return { cause: unseenHeldMs >= LEAKED_UNKNOWN_MS ? 'leaked' : 'held-long', holders: [] };
  // Callers give up waiting, so that the queue may be longest early on; what is leaked shows ever better.
  const latest = readings.findLast(isStarved) ?? worst;
  const leaked = latest.holders.filter(isLeaked);
  if (leaked.length > 0 && leaked.length >= latest.holders.length / 2)
    return { cause: 'leaked', holders: leaked };
  const long = worst.holders.filter((holder) => holder.heldMs >= HELD_LONG_MS);
  const medianHeldMs = worst.medianHeldMs ?? median(worst.holders.map((holder) => holder.heldMs));
  // What is given back soon is in the median; what is held for long is still out when the pool is read.
  const oldestMs = median(readings.flatMap((reading) => reading.longestHeldMs ?? []));
  const heldLong = Math.max(medianHeldMs ?? 0, oldestMs ?? 0) >= HELD_LONG_MS;
  if (heldLong) return { cause: 'held-long', holders: long.length > 0 ? long : worst.holders };
  return { cause: 'undersized', holders: worst.holders };
}

function isLeaked({ busy, heldMs }: Holder): boolean {
  return busy === false ? heldMs >= LEAKED_IDLE_MS : busy === null && heldMs >= LEAKED_UNKNOWN_MS;
}

interface Taker {
  readonly stack: readonly CodeFrame[];
  readonly ms: number;
}

/**
 * Who took the connections; where they were taken before we came, or by a library that was called from a queue of
 * its own, those who ask for one do the same.
 */
function culpritsOf(
  view: DiagnosisView,
  readings: readonly PoolState[],
  holders: readonly Holder[],
): readonly Culprit[] {
  const took = (each: readonly Holder[]): readonly Taker[] =>
    each.map(({ takenBy, heldMs }) => ({ stack: takenBy, ms: heldMs }));
  const sources = [
    took(holders),
    took(readings.flatMap((reading) => reading.holders)),
    readings.flatMap(({ waiters }) =>
      (waiters ?? []).map(({ askedBy, waitedMs }) => ({ stack: askedBy, ms: waitedMs })),
    ),
  ];
  const named = sources.find((takers) => takers.some(({ stack }) => stack.some(isUserFrame)));
  if (named)
    return culpritsOfTakers(
      named.filter(({ stack }) => stack.some(isUserFrame)),
      'exact',
    );
  const callers = callersOf(view, readings[0]?.driver ?? '');
  return callers.length > 0
    ? culpritsOfTakers(callers, 'statistical')
    : culpritsOfTakers(took(holders), 'exact');
}

/** Agents are Node's own; of other drivers the package is called as they are, or begins so (`pg-pool`). */
const HTTP_CLIENT_FILES = /^node:(?:https?$|_http_client|_http_agent|internal\/deps\/undici)/;

/** User functions that CPU samples saw calling into the driver: to ask for a connection takes some time, too. */
function callersOf(view: DiagnosisView, driver: string): readonly Taker[] {
  const isDriver = ({ file, package: owner }: CodeFrame): boolean =>
    owner === null ? /agent|http/.test(driver) && HTTP_CLIENT_FILES.test(file) : owner.startsWith(driver);
  const { stacks } = selectSpanProfile(view.profiles, view.span.fromMs, view.span.toMs);
  return stacks.flatMap(({ frames, ms }) => {
    const user = frames.findIndex(isUserFrame);
    return frames.slice(0, Math.max(0, user)).some(isDriver) ? [{ stack: frames.slice(user), ms }] : [];
  });
}

function culpritsOfTakers(takers: readonly Taker[], certainty: Certainty): readonly Culprit[] {
  const groups = new Map<
    string,
    { frame: CodeFrame; stack: readonly CodeFrame[]; ms: number; count: number }
  >();
  for (const { stack, ms } of takers) {
    const frame = applicationFrame(stack);
    if (!frame) continue;
    const known = groups.get(frameKey(frame));
    if (known) {
      known.ms += ms;
      known.count++;
    } else {
      groups.set(frameKey(frame), { frame, stack: stack.slice(stack.indexOf(frame)), ms, count: 1 });
    }
  }
  const totalMs = [...groups.values()].reduce((sum, group) => sum + group.ms, 0);
  return [...groups.values()]
    .toSorted((a, b) => b.ms - a.ms || b.count - a.count)
    .slice(0, MOST_CULPRITS)
    .map(({ frame, stack, ms, count }) =>
      culpritOf(frame, stack, {
        share: totalMs > 0 ? ms / totalMs : count / takers.length,
        selfMs: 0,
        totalMs: ms,
        certainty,
      }),
    );
}

const isUserFrame = (frame: CodeFrame): boolean => frame.origin === 'user';

/** Routes of those who hold connections, of those who wait for one, or whose requests hang while the pool is empty. */
function routesOf(
  view: DiagnosisView,
  readings: readonly PoolState[],
  holders: readonly Holder[],
): readonly string[] {
  const known = [holders, readings.flatMap(({ waiters }) => waiters ?? [])].map((users) =>
    users.flatMap(({ route }) => (route === null ? [] : [view.routeName(route)])),
  );
  const named = known.find((routes) => routes.length > 0);
  return named ? mostFrequent(named) : selectHangingRoutes(view);
}

function titleOf(
  cause: PoolCause,
  pool: PoolState,
  culprit: Culprit | undefined,
  holders: readonly Holder[],
): string {
  const name = `the ${pool.driver} pool ${pool.name}`;
  const who = culprit ? nameOf(culprit) : null;
  switch (cause) {
    case 'leaked':
      return `${who ?? 'some code'} takes connections of ${name} and does not give them back`;
    case 'held-long':
      return `${who ?? 'some code'} holds connections of ${name} for long${holdsIdle(holders) ? ', without a query' : ''}`;
    case 'undersized':
      return `${name} is too small: ${pool.active} of ${pool.max ?? pool.active} connections in use, ${pool.waiting} callers wait`;
    default:
      return assertNever(cause);
  }
}

function confidenceOf(cause: PoolCause, holders: readonly Holder[], readings: readonly PoolState[]): number {
  const seen = readings.length / (readings.length + 1);
  const told =
    holders.length === 0 ? 0.7 : cause === 'leaked' && holders.some(({ busy }) => busy === null) ? 0.8 : 0.97;
  return Math.round(seen * told * 100) / 100;
}

function evidenceOf(
  view: DiagnosisView,
  worst: PoolState,
  readings: readonly PoolState[],
  holders: readonly Holder[],
  unseenHeldMs: number | null,
): readonly string[] {
  const waiting = readings.filter((reading) => reading.waiting > 0).length;
  const oldest = holders.toSorted((a, b) => b.heldMs - a.heldMs)[0];
  const state = { true: ', in a query', false: ', without a query', null: '' }[`${oldest?.busy ?? null}`];
  return [
    `active ${worst.active}, idle ${worst.idle}, waiting ${worst.waiting}, limit ${worst.max ?? 'none'}`,
    `callers waited in ${formatShare(waiting / readings.length)} of ${readings.length} readings over ${formatMs(view.spanMs)}`,
    ...(oldest ? [`the oldest holder has it for ${formatMs(oldest.heldMs)}${state}`] : []),
    ...(unseenHeldMs === null
      ? []
      : [`not one came back meanwhile: they are held for ${formatMs(unseenHeldMs)} and longer`]),
    ...(worst.medianHeldMs === null
      ? []
      : [`those that came back were held for ${formatMs(worst.medianHeldMs)} (median)`]),
  ];
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}

function mostFrequent(values: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([value]) => value);
}
