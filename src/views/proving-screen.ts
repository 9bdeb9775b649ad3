/** Which screen shows the evidence for a finding. */
import type { FindingKind } from '../model/finding.ts';
import type { ScreenId } from './ui-state.ts';

const PROOF: Readonly<Record<FindingKind, ScreenId>> = {
  'event-loop-blocked': 'loop',
  'event-loop-frozen': 'loop',
  'pool-exhausted': 'resources',
  'background-work': 'cpu',
  'process-saturated': 'resources',
  'threadpool-saturated': 'resources',
  'memory-growth': 'memory',
  'memory-limit': 'memory',
  'gc-pressure': 'memory',
  'large-responses': 'requests',
  'slow-dependency': 'resources',
};

export function provingScreen(kind: FindingKind): ScreenId {
  return PROOF[kind];
}
