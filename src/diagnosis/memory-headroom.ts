/** How far memory is from the limits that end the process: V8's heap limit and the container's memory limit. */
import type { FindingCauses } from '../model/finding.ts';
import { selectMemoryReading, selectProcess } from '../timeline/resource-selectors.ts';
import type { DiagnosisView } from './detector.ts';

export interface Limit {
  readonly cause: FindingCauses['memory-limit'];
  readonly name: string;
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** The limits that are known. Used heap is the live one where a full collection was seen. */
export function selectLimits(view: DiagnosisView): readonly Limit[] {
  const memory = selectMemoryReading(view.timeline, view.span);
  const process = selectProcess(view.timeline, view.span);
  const containerBytes = view.target?.cgroupMemoryLimitBytes ?? null;
  const limits: Limit[] = [];
  if (memory && memory.heapLimitBytes > 0) {
    limits.push({
      cause: 'heap-limit',
      name: 'heap limit',
      usedBytes: memory.liveAfterGcBytes ?? memory.heapUsedBytes,
      limitBytes: memory.heapLimitBytes,
    });
  }
  // Resident memory rather than the group's: the group's figure counts the page cache, which the kernel gives back.
  if (process && containerBytes !== null && containerBytes > 0) {
    limits.push({
      cause: 'container-limit',
      name: "container's limit",
      usedBytes: process.rssBytes,
      limitBytes: containerBytes,
    });
  }
  return limits;
}

export interface Headroom {
  readonly limit: string;
  readonly leftMs: number;
}

/** The limit that is reached first at this rate; null when none is known that this kind of memory counts to. */
export function selectHeadroom(
  view: DiagnosisView,
  bytesPerSecond: number,
  of: FindingCauses['memory-growth'],
): Headroom | null {
  const lefts = selectLimits(view)
    .filter((limit) => of === 'heap' || limit.cause === 'container-limit')
    .map((limit) => ({
      limit: limit.name,
      leftMs: Math.max(0, ((limit.limitBytes - limit.usedBytes) / bytesPerSecond) * 1000),
    }));
  return lefts.toSorted((a, b) => a.leftMs - b.leftMs)[0] ?? null;
}
