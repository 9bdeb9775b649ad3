/** Watches a service under load as the terminal UI does, and times how long it takes until the diagnosis stands. */
import { openTarget } from '../../src/app/target-session.ts';
import { diagnose } from '../../src/diagnosis/diagnosis.ts';
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts';
import { createReport } from '../../src/exports/json-report.ts';
import { runLoad } from '../../src/load/run-load.ts';
import type { Report } from '../../src/model/report.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { Span } from '../../src/timeline/series.ts';
import { selectWholeSpan } from '../../src/timeline/session-selectors.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import type { ServiceUnderTest } from './catalogue.ts';
import { judge, type CheckOptions, type Judgement } from './check-service.ts';
import { startService } from './start-service.ts';

/** Load before anybody attaches: a service in trouble has been so for a while. */
const LEAD_MS = 1_500;
/** Longer than any watch: the load ends when the watch does. */
const LOAD_MS = 300_000;
const DIAGNOSE_EVERY_MS = 500;

export interface Watched extends Judgement {
  /** From the request to attach until all that is expected was found; null when it never was. */
  readonly foundAfterMs: number | null;
  readonly verdicts: Diagnosis['verdicts'];
}

/** Starts the service, loads it, and watches it for `durationMs`. Throws when it cannot be attached to. */
export async function watchService(service: ServiceUnderTest, options: CheckOptions): Promise<Watched> {
  const running = await startService(service, options);
  const ending = new AbortController();
  const load = runLoad(running.plan(LOAD_MS, options.strength), {
    clock: systemClock,
    signal: ending.signal,
  });
  await sleep(LEAD_MS);
  const expected = options.mended === true ? [] : service.expected;
  const beganMs = performance.now();
  const io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    interrupted: ending.signal,
  };
  const opened = await openTarget(String(running.pid), io, {});
  if (!opened.ok) throw new Error(`${service.name}: ${opened.error.message}`);
  const session = opened.value;
  let foundAfterMs: number | null = null;
  for (let watchedMs = 0; watchedMs < options.durationMs; watchedMs += DIAGNOSE_EVERY_MS) {
    // eslint-disable-next-line no-await-in-loop -- time passes
    await sleep(DIAGNOSE_EVERY_MS);
    const isRight = judge(expected, reportOf(session.timeline)).missed.length === 0;
    if (isRight && expected.length > 0) foundAfterMs ??= performance.now() - beganMs;
  }
  await session.close();
  ending.abort();
  await load;
  const { verdicts } = diagnose(session.timeline, spanOf(session.timeline));
  return { ...judge(expected, reportOf(session.timeline)), foundAfterMs, verdicts };
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const spanOf = (timeline: Timeline): Span => selectWholeSpan(timeline) ?? { fromMs: 0, toMs: 0 };

function reportOf(timeline: Timeline): Report {
  const span = spanOf(timeline);
  return createReport(timeline, span, diagnose(timeline, span), 'test');
}
