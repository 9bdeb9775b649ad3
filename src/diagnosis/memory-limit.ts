/** Memory is close to the limit that ends the process, or will be within minutes at the present rate. */
import type { Finding, FindingCauses } from '../model/finding.ts';
import { formatBytes, formatMs, formatShare } from '../shared/quantity.ts';
import { selectMemoryGrowth } from '../timeline/memory-growth.ts';
import { NOT_FOUND, notEnoughSeen } from './detector.ts';
import type { Detector, DiagnosisView } from './detector.ts';
import { selectLimits } from './memory-headroom.ts';
import type { Limit } from './memory-headroom.ts';
import { growthSpan, grows } from './memory-trend.ts';

/** From 80% of its limit on V8 collects ever more often; Kubernetes guides alarm at the same share. */
const NEAR_SHARE = 0.8;
const CRITICAL_SHARE = 0.9;
const RUNS_OUT_MS = 10 * 60_000;

const REMEDIES: Readonly<Record<FindingCauses['memory-limit'], readonly string[]>> = {
  'heap-limit': [
    'mend the growth first; if the live set is meant to be this large, raise --max-old-space-size',
    'restart in a controlled way before the limit ends the process, and keep a heap snapshot (loopscope snapshot)',
  ],
  'container-limit': [
    "raise the container's memory limit, or lower --max-old-space-size to about three quarters of it",
    'count what is outside of the heap, too: buffers, threads, native addons',
  ],
};

export const memoryLimit: Detector = {
  kind: 'memory-limit',
  detect(view) {
    const limits = selectLimits(view);
    if (limits.length === 0) return notEnoughSeen('memory was not read, or no limit is known');
    const heap = selectMemoryGrowth(view.timeline, growthSpan(view), 'heap');
    const rate = heap && grows(heap, 'heap') ? heap.recentBytesPerSecond : null;
    const findings = limits.flatMap((limit) => findingOf(view, limit, rate) ?? []);
    return findings.length > 0 ? { kind: 'found', findings } : NOT_FOUND;
  },
};

function findingOf(view: DiagnosisView, limit: Limit, bytesPerSecond: number | null): Finding | null {
  const share = limit.usedBytes / limit.limitBytes;
  const leftMs =
    bytesPerSecond === null
      ? null
      : Math.max(0, ((limit.limitBytes - limit.usedBytes) / bytesPerSecond) * 1000);
  const runsOut = leftMs !== null && leftMs <= RUNS_OUT_MS;
  if (share < NEAR_SHARE && !runsOut) return null;
  const used = `${formatBytes(limit.usedBytes)} of ${formatBytes(limit.limitBytes)}`;
  return {
    id: `memory-limit:${limit.cause}:${limit.cause}`,
    kind: 'memory-limit',
    cause: limit.cause,
    severity: runsOut || share >= CRITICAL_SHARE ? 'critical' : 'warning',
    confidence: runsOut ? 0.8 : 0.9,
    title: runsOut
      ? `the ${limit.name} is reached in ${formatMs(leftMs)} at this rate`
      : `${formatShare(share)} of the ${limit.name} is in use`,
    impact:
      limit.cause === 'heap-limit'
        ? 'V8 ends the process when it is reached; before that it collects ever longer'
        : 'the kernel kills the process when it is reached',
    culprits: [],
    routes: [],
    evidence: [
      `${used} in use`,
      ...(bytesPerSecond === null ? [] : [`growing by ${formatBytes(bytesPerSecond)}/s`]),
      `watched for ${formatMs(view.spanMs)}`,
    ],
    remedies: REMEDIES[limit.cause],
  };
}
