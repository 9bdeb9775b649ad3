/** Queues whose jobs the service works on, over any span. */
import type { QueueMetrics } from '../model/report.ts';
import { overlapMs, spanSeconds } from './series.ts';
import type { Span } from './series.ts';
import type { Timeline } from './timeline.ts';

/** Each queue: what waits and runs at the end of the span, what ended within it. Busiest first; empty without any. */
export function selectQueues(timeline: Timeline, span: Span): readonly QueueMetrics[] {
  const seconds = spanSeconds(span);
  const queues = new Map<string, QueueMetrics>();
  for (const window of timeline.jobs.between(span.fromMs, span.toMs)) {
    if (overlapMs(window, span) <= 0) continue;
    for (const { library, name, waiting, active, completed, failed } of window.event.queues) {
      const key = `${library} ${name}`;
      const known = queues.get(key);
      const total = {
        completed: (known?.completed ?? 0) + completed,
        failed: (known?.failed ?? 0) + failed,
      };
      const perSecond = seconds > 0 ? (total.completed + total.failed) / seconds : 0;
      queues.set(key, { kind: library, name, waiting, active, ...total, perSecond });
    }
  }
  return [...queues.values()].toSorted((a, b) => b.perSecond - a.perSecond);
}
