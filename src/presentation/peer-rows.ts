/** Other services and databases that this one calls, each summed over the span. */
import { histogramPercentile, mergeHistograms } from '../model/latency-histogram.ts';
import type { SparseHistogram } from '../model/timeline-event.ts';
import { selectOutgoing } from '../timeline/resource-selectors.ts';
import { spanSeconds } from '../timeline/series.ts';
import type { ScreenData } from './screen-data.ts';

export interface PeerRow {
  readonly via: string;
  readonly peer: string;
  readonly perSecond: number;
  readonly errorShare: number;
  readonly inFlight: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly routes: readonly string[];
}

/** Slowest first. */
export function selectPeerRows(data: ScreenData): readonly PeerRow[] {
  return data.cached('peers', 'figures', () => {
    const merged = new Map<
      string,
      { row: PeerRow; count: number; errors: number; latency: SparseHistogram }
    >();
    for (const { peers } of selectOutgoing(data.timeline, data.span)) {
      for (const peer of peers) {
        const key = `${peer.via} ${peer.peer}`;
        const known = merged.get(key);
        const latency = mergeHistograms(known?.latency ?? [], peer.latency);
        const count = (known?.count ?? 0) + peer.count;
        const errors = (known?.errors ?? 0) + peer.errors;
        const row: PeerRow = {
          via: peer.via,
          peer: peer.peer,
          perSecond: count / Math.max(1, spanSeconds(data.span)),
          errorShare: count > 0 ? errors / count : 0,
          inFlight: peer.inFlight,
          p50Ms: latency.length > 0 ? histogramPercentile(latency, 0.5) / 1000 : 0,
          p99Ms: latency.length > 0 ? histogramPercentile(latency, 0.99) / 1000 : 0,
          routes: peer.routes,
        };
        merged.set(key, { row, count, errors, latency });
      }
    }
    return [...merged.values()].map(({ row }) => row).toSorted((a, b) => b.p99Ms - a.p99Ms);
  });
}
