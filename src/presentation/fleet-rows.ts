/** Several processes side by side: how each does, and the worst that was found in it. */
import type { Finding } from '../model/finding.ts';
import { selectBlockedAt, selectLoopFigures, selectLoopUtilization } from '../timeline/loop-selectors.ts';
import { selectRequests } from '../timeline/request-selectors.ts';
import { selectMemoryReading, selectProcess } from '../timeline/resource-selectors.ts';
import { selectConnection, selectLastSpan } from '../timeline/session-selectors.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { formatSeconds } from './format.ts';
import { processName } from './header.ts';
import type { TimelineSource } from './screen-data.ts';
import { sortFindings } from './verdict.ts';

/** A process of a fleet, as far as it has been attached to. */
export interface FleetMember {
  readonly pid: number;
  /** What is attached to: a pid, or an address. */
  readonly target: string;
  /** Null until it has been attached to, and when it cannot be. */
  readonly source: TimelineSource | null;
  /** Where there is no source: what is waited for, or why there is none. */
  readonly note: string | null;
  /** How many processes ended in its place before it. */
  readonly restarts: number;
}

/** Of a session that is in a recording. */
export function fleetMemberOf(source: TimelineSource, target: string): FleetMember {
  const pid = source.timeline().session?.target.pid ?? 0;
  return { pid, target, source, note: null, restarts: 0 };
}

export interface FleetRow {
  readonly pid: number;
  readonly name: string;
  readonly utilization: number | null;
  /** How busy the loop was in the last minute, by cell, the newest last. */
  readonly busy: readonly (number | null)[];
  readonly delayP99Ms: number | null;
  readonly cpuPercent: number | null;
  readonly perSecond: number | null;
  readonly latencyP95Ms: number | null;
  readonly rssBytes: number | null;
  readonly restarts: number;
  readonly state: FleetState;
  readonly findings: readonly Finding[];
}

/** `text` says it in a few words; a live process has none. */
export type FleetState =
  | { readonly kind: 'live'; readonly text: '' }
  | { readonly kind: 'blocked' | 'ended' | 'lost' | 'unattached'; readonly text: string };

/** Long enough for percentiles of a worker's requests, short enough to follow what is going on. */
const SHOWN_MS = 10_000;
/** What led to it: 20 cells of 3 s. */
const PAST_MS = 60_000;
const PAST_STEP_MS = 3_000;

export function selectFleetRow(member: FleetMember): FleetRow {
  const { pid, restarts, source } = member;
  const timeline = source?.timeline();
  const span = timeline === undefined ? null : selectLastSpan(timeline, SHOWN_MS);
  if (timeline === undefined || source === null || span === null) {
    return { ...NOTHING_SEEN, pid, restarts, state: { kind: 'unattached', text: member.note ?? '' } };
  }
  const loop = selectLoopFigures(timeline, span);
  const process = selectProcess(timeline, span);
  const requests = selectRequests(timeline, span);
  return {
    pid,
    restarts,
    name: timeline.session ? processName(timeline.session.target) : '',
    utilization: loop.utilization,
    busy: selectPast(timeline, span.toMs),
    delayP99Ms: loop.delayMs?.p99 ?? null,
    cpuPercent: process?.cpuPercent ?? null,
    perSecond: requests?.perSecond ?? null,
    latencyP95Ms: requests?.latencyMs?.p95 ?? null,
    rssBytes: process?.rssBytes ?? selectMemoryReading(timeline, span)?.heapTotalBytes ?? null,
    state: stateOf(timeline, span.toMs),
    findings: sortFindings(source.findings()),
  };
}

function selectPast(timeline: Timeline, toMs: number): FleetRow['busy'] {
  const { values } = selectLoopUtilization(timeline, { fromMs: toMs - PAST_MS, toMs }, PAST_STEP_MS);
  return values.slice(-PAST_MS / PAST_STEP_MS);
}

const NOTHING_SEEN = {
  name: '',
  utilization: null,
  busy: [],
  delayP99Ms: null,
  cpuPercent: null,
  perSecond: null,
  latencyP95Ms: null,
  rssBytes: null,
  findings: [],
} as const;

function stateOf(timeline: Timeline, atMs: number): FleetState {
  const connection = selectConnection(timeline, atMs);
  if (connection !== null && connection.state !== 'live') {
    const how = connection.how?.replace(/^the process /, '') ?? 'nobody knows how';
    return { kind: connection.state, text: `${connection.state}: ${how}` };
  }
  const blocked = selectBlockedAt(timeline, atMs);
  return blocked === null
    ? { kind: 'live', text: '' }
    : { kind: 'blocked', text: `blocked for ${formatSeconds(blocked.forMs)}` };
}

/** `on all 4 processes`, `on 3 of 4 processes: 4711, 4712, 4714`, `on process 4711`. */
export function formatProcesses(pids: readonly number[], of: number): string {
  if (pids.length === 1) return `on process ${pids[0]}`;
  if (pids.length === of) return `on all ${of} processes`;
  return `on ${pids.length} of ${of} processes: ${pids.toSorted((a, b) => a - b).join(', ')}`;
}
