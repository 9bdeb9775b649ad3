/** Every detector. A new one is a file of its own and a line here. */
import { backgroundWork } from './background-work.ts';
import type { Detector } from './detector.ts';
import { eventLoopBlocked } from './event-loop-blocked.ts';
import { eventLoopFrozen } from './event-loop-frozen.ts';
import { gcPressure } from './gc-pressure.ts';
import { largeResponses } from './large-responses.ts';
import { memoryGrowth } from './memory-growth.ts';
import { memoryLimit } from './memory-limit.ts';
import { poolExhausted } from './pool-exhausted.ts';
import { processSaturated } from './process-saturated.ts';
import { slowDependency } from './slow-dependency.ts';
import { threadpoolSaturated } from './threadpool-saturated.ts';

export const DETECTORS: readonly Detector[] = [
  eventLoopFrozen,
  eventLoopBlocked,
  poolExhausted,
  backgroundWork,
  processSaturated,
  threadpoolSaturated,
  memoryGrowth,
  memoryLimit,
  gcPressure,
  largeResponses,
  slowDependency,
];
