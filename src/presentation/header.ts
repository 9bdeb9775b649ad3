/** The header: which process this is, how it does, and what looking at it costs. */
import type { TargetInfo } from '../model/timeline-event.ts';
import { selectMemoryReading, selectProcess } from '../timeline/resource-selectors.ts';
import { selectBlockedAt } from '../timeline/loop-selectors.ts';
import {
  selectConnection,
  selectGaps,
  selectOwnCost,
  selectTarget,
  selectWallMs,
} from '../timeline/session-selectors.ts';
import type { ScreenData } from './screen-data.ts';

export type SessionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'frozen'; readonly behindMs: number }
  | { readonly kind: 'blocked'; readonly forMs: number }
  | { readonly kind: 'lost'; readonly how: string | null }
  | { readonly kind: 'ended'; readonly how: string | null };

export interface Header {
  readonly name: string;
  readonly target: TargetInfo | null;
  readonly uptimeMs: number | null;
  /** Percent of one core. */
  readonly cpuPercent: number | null;
  readonly rssBytes: number | null;
  readonly ownCostShare: number | null;
  /** Whether sampling was held back in the span because watching cost too much. */
  readonly isHeldBack: boolean;
  /** Readings and samples that were lost in the span. */
  readonly lost: number;
  readonly state: SessionState;
  /** Wall-clock time of what is shown. */
  readonly wallMs: number | null;
}

/** CPU is a mean over this long: a reading of one second jumps too much to be read. */
const CPU_OVER_MS = 5_000;

/** @param frozen whether the user holds the picture */
export function selectHeader(data: ScreenData, frozen: boolean): Header {
  const { timeline, span } = data;
  const target = selectTarget(timeline);
  const wallMs = selectWallMs(timeline, span.toMs);
  const recent = { fromMs: Math.max(span.fromMs, span.toMs - CPU_OVER_MS), toMs: span.toMs };
  const process = selectProcess(timeline, recent) ?? selectProcess(timeline, span);
  const startedAt = target?.startedAtWallMs ?? null;
  return {
    name: target ? processName(target) : '',
    target,
    uptimeMs: startedAt === null || wallMs === null ? null : Math.max(0, wallMs - startedAt),
    cpuPercent: process?.cpuPercent ?? null,
    rssBytes: process?.rssBytes ?? selectMemoryReading(timeline, span)?.heapTotalBytes ?? null,
    ownCostShare: selectOwnCost(timeline, span).mainThreadShare,
    isHeldBack: data.cached('held back', 'figures', () =>
      selectGaps(timeline, span).some(({ signal }) => signal === 'own-cost'),
    ),
    lost: data.cached('gaps', 'figures', () =>
      selectGaps(timeline, span).reduce((sum, gap) => sum + (gap.lost ?? 1), 0),
    ),
    state: selectState(data, frozen),
    wallMs,
  };
}

function selectState(data: ScreenData, frozen: boolean): SessionState {
  const { timeline, span } = data;
  if (!timeline.session) return { kind: 'connecting' };
  if (frozen) return { kind: 'frozen', behindMs: data.behindMs };
  const connection = selectConnection(timeline, span.toMs);
  if (connection && connection.state !== 'live') return { kind: connection.state, how: connection.how };
  const blocked = selectBlockedAt(timeline, span.toMs);
  return blocked ? { kind: 'blocked', forMs: blocked.forMs } : { kind: 'live' };
}

/** Names that say nothing about a service without the folder that they are in. */
const GENERIC_SCRIPTS = new Set(['index', 'main', 'server', 'app', 'start', 'www', 'cli']);

/** `node dist/server.js` in /srv/api-gateway -> `api-gateway`; `node worker.js` -> `worker.js`. */
export function processName(target: Pick<TargetInfo, 'command' | 'cwd'>): string {
  const parts = target.command.split(/\s+/);
  const script = parts.slice(1).find((part) => !part.startsWith('-')) ?? parts[0] ?? '';
  const file = script.split('/').at(-1) ?? script;
  const folder = target.cwd.split('/').at(-1) ?? '';
  const generic = GENERIC_SCRIPTS.has(file.replace(/\.[cm]?[jt]s$/, ''));
  return generic && folder !== '' ? folder : file || folder || 'node';
}
