/** A route is slow while the loop is free: it waits for another service, for a database, or for something unseen. */
import { histogramPercentile, mergeHistograms } from '../model/latency-histogram.ts';
import type { Finding, FindingCauses, Verdict } from '../model/finding.ts';
import type { RouteMetrics } from '../model/report.ts';
import { routeKey } from '../model/route-pattern.ts';
import type { OutgoingEvent } from '../model/timeline-event.ts';
import { formatCount, formatMs, formatShare } from '../shared/quantity.ts';
import { selectOutgoing } from '../timeline/resource-selectors.ts';
import { spanSeconds } from '../timeline/series.ts';
import { NOT_FOUND, notEnoughSeen, SHORTEST_OBSERVATION_MS } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { requestsHang, selectSlowRoutes } from './slow-routes.ts';

type DependencyCause = FindingCauses['slow-dependency'];
type Peer = OutgoingEvent['peers'][number];

/** Below this the loop has time: what a request waits for is elsewhere. */
const FREE_UTILIZATION = 0.7;
const CRITICAL_ROUTE_MS = 1_000;
/** A call that is half of the route's time is what the route waits for. */
const EXPLAINS_SHARE = 0.5;

const REMEDIES: Readonly<Record<DependencyCause, readonly string[]>> = {
  'http-client': [
    'give each call a time-out (AbortSignal.timeout) and a circuit breaker such as opossum',
    'ask in parallel (Promise.all) what does not depend on each other, and cache what may be a little old',
    'keep connections alive: an undici Pool, or an agent with keepAlive',
  ],
  database: [
    'find the slow statement (EXPLAIN, pg_stat_statements) and add the missing index',
    'replace one query per row (N+1) by one query, or by dataloader',
  ],
  unknown: [
    'look at what the route awaits: a time-out, a lock, a queue, or a client that loopscope does not know',
  ],
};

export const slowDependency: Detector = {
  kind: 'slow-dependency',
  detect(view) {
    const { requests } = view;
    if (!requests || view.observedMs < SHORTEST_OBSERVATION_MS) return notEnoughSeen('no requests were read');
    if ((view.loop.utilization ?? 0) >= FREE_UTILIZATION) return NOT_FOUND;
    const blockedMs = view.stalls.reduce((sum, stall) => sum + stall.endMs - stall.startMs, 0);
    if (blockedMs >= view.spanMs * (1 - FREE_UTILIZATION)) return NOT_FOUND;
    const slow = selectSlowRoutes(view);
    const peers = mergePeers(selectOutgoing(view.timeline, view.span));
    const hanging = requestsHang(view)
      ? peers.filter((peer) => peer.inFlight >= requests.inFlight * EXPLAINS_SHARE)
      : [];
    const findings = [
      ...findingsOf(view, slow, peers),
      ...hanging.map((peer) => hangingFinding(view, peer, requests.inFlight, requests.oldestInFlightMs)),
    ];
    const distinct = [...new Map(findings.toReversed().map((finding) => [finding.id, finding])).values()];
    if (distinct.length > 0) return { kind: 'found', findings: distinct.toReversed() };
    return unexplained(view, slow);
  },
};

/** Slow for a second and no peer in sight: said, but only as information, it may be meant (long polling). */
function unexplained(view: DiagnosisView, slow: readonly RouteMetrics[]): Verdict {
  const [slowest] = slow.toSorted((a, b) => b.latencyMs.p50 - a.latencyMs.p50);
  if (!slowest) return NOT_FOUND;
  const measured = view.timeline.outgoing.between(view.span.fromMs, view.span.toMs).length > 0;
  if (!measured || slowest.latencyMs.p50 < CRITICAL_ROUTE_MS) {
    return notEnoughSeen('a route is slow on a free loop, but what it waits for was not seen');
  }
  const key = routeKey(slowest);
  return {
    kind: 'found',
    findings: [
      {
        id: `slow-dependency:unknown:${key}`,
        kind: 'slow-dependency',
        cause: 'unknown',
        severity: 'info',
        confidence: 0.4,
        title: `${key} takes ${formatMs(slowest.latencyMs.p50)} while the loop is free`,
        impact: 'it waits for something that is neither a known client nor the event loop',
        culprits: [],
        routes: slow.map(routeKey),
        evidence: [
          `p50 ${formatMs(slowest.latencyMs.p50)}, p99 ${formatMs(slowest.latencyMs.p99)} over ${formatCount(slowest.count, 'request')}`,
          `event-loop utilization ${formatShare(view.loop.utilization ?? 0)}`,
        ],
        remedies: REMEDIES.unknown,
      },
    ],
  };
}

/** One finding for each dependency, with all the routes that wait for it. */
function findingsOf(
  view: DiagnosisView,
  slow: readonly RouteMetrics[],
  peers: readonly Peer[],
): readonly Finding[] {
  const routesByPeer = new Map<Peer, RouteMetrics[]>();
  for (const route of slow) {
    const peer = slowestPeerOf(route, peers);
    if (peer) routesByPeer.set(peer, [...(routesByPeer.get(peer) ?? []), route]);
  }
  return [...routesByPeer].map(([peer, routes]) => slowFinding(view, peer, routes));
}

/** The peer that takes most of the route's time: its median times its calls for each of the route's requests. */
function slowestPeerOf(route: RouteMetrics, peers: readonly Peer[]): Peer | null {
  const key = routeKey(route);
  const candidates = peers
    .filter((peer) => peer.count > 0 && peer.routes.includes(key))
    .map((peer) => ({ peer, ms: medianMs(peer) * Math.max(1, peer.count / Math.max(1, route.count)) }))
    .toSorted((a, b) => b.ms - a.ms);
  const [most] = candidates;
  return most && most.ms >= route.latencyMs.p50 * EXPLAINS_SHARE ? most.peer : null;
}

function slowFinding(view: DiagnosisView, peer: Peer, routes: readonly RouteMetrics[]): Finding {
  const slowest = routes.reduce((most, route) => (route.latencyMs.p50 > most.latencyMs.p50 ? route : most));
  const keys = routes.map(routeKey);
  return {
    ...commonOf(view, peer),
    severity: slowest.latencyMs.p50 >= CRITICAL_ROUTE_MS ? 'critical' : 'warning',
    confidence: Math.round((peer.count / (peer.count + 3)) * 90) / 100,
    title: `${keys[0]} waits for ${peer.peer}: ${formatMs(medianMs(peer))} a call`,
    impact: `p50 ${formatMs(slowest.latencyMs.p50)} while the loop is ${formatShare(view.loop.utilization ?? 0)} busy`,
    routes: keys,
  };
}

function hangingFinding(view: DiagnosisView, peer: Peer, open: number, oldestMs: number): Finding {
  return {
    ...commonOf(view, peer),
    severity: 'critical',
    confidence: 0.8,
    title: `${formatCount(peer.inFlight, 'call')} to ${peer.peer} hang`,
    impact: `${formatCount(open, 'request')} are open, the oldest for ${formatMs(oldestMs)}`,
    routes: peer.routes,
  };
}

function commonOf(view: DiagnosisView, peer: Peer) {
  const cause: DependencyCause = peer.via === 'database' ? 'database' : 'http-client';
  const p99 = histogramPercentile(peer.latency, 0.99) / 1000;
  return {
    id: `slow-dependency:${cause}:${peer.peer}`,
    kind: 'slow-dependency' as const,
    cause,
    culprits: [],
    evidence: [
      `${formatCount(peer.count, 'call')} to ${peer.peer}, ${(peer.count / Math.max(1, spanSeconds(view.span))).toFixed(1)}/s, p50 ${formatMs(medianMs(peer))}, p99 ${formatMs(p99)}`,
      ...(peer.errors > 0 ? [`${formatCount(peer.errors, 'call')} failed`] : []),
      `event-loop utilization ${formatShare(view.loop.utilization ?? 0)}`,
    ],
    remedies: REMEDIES[cause],
  };
}

const medianMs = (peer: Peer): number => histogramPercentile(peer.latency, 0.5) / 1000;

function mergePeers(events: readonly OutgoingEvent[]): readonly Peer[] {
  const merged = new Map<string, Peer>();
  for (const peer of events.flatMap((event) => event.peers)) {
    const key = `${peer.via} ${peer.peer}`;
    const known = merged.get(key);
    merged.set(key, {
      ...peer,
      count: peer.count + (known?.count ?? 0),
      errors: peer.errors + (known?.errors ?? 0),
      latency: mergeHistograms(known?.latency ?? [], peer.latency),
      routes: [...new Set([...(known?.routes ?? []), ...peer.routes])],
    });
  }
  return [...merged.values()];
}
