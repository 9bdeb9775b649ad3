/**
 * Collapsed stacks, one a line, for flamegraph.pl, inferno and speedscope. The number is microseconds of work.
 *
 *   handler (/srv/app/routes.js:40);derivePassword (/srv/app/auth.js:12) 5820000
 *
 * A semicolon separates frames, so one inside a name becomes a comma.
 */
import type { SpanStack } from '../../model/span-profile.ts';
import type { CodeFrame } from '../../model/timeline-event.ts';

/** Heaviest first; stacks of less than half a microsecond are left out. */
export function formatCollapsedStacks(stacks: readonly SpanStack[]): string {
  const byStack = new Map<string, number>();
  for (const { frames, ms } of stacks) {
    if (frames.length === 0) continue;
    const line = frames.map(collapsedFrame).toReversed().join(';');
    byStack.set(line, (byStack.get(line) ?? 0) + ms);
  }
  return [...byStack]
    .map(([line, ms]) => [line, Math.round(ms * 1000)] as const)
    .filter(([, us]) => us > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([line, us]) => `${line} ${us}\n`)
    .join('');
}

function collapsedFrame(frame: CodeFrame): string {
  const text = frame.file === '' ? frame.function : `${frame.function} (${frame.file}:${frame.line})`;
  return text.replaceAll(';', ',');
}
