// A program of somebody else, compiled against the packed library: types only, it is never run.
import { attach, LoopscopeError } from 'loopscope';
import type { AttachOptions, Diagnosis, Finding, Report, Session, TimelineEvent } from 'loopscope';

const options: AttachOptions = { heapSampling: false, signal: AbortSignal.timeout(1000) };

export async function longestStallMs(pid: number): Promise<number> {
  await using session: Session = await attach(pid, options);
  let longestMs = 0;
  const stop: () => void = session.subscribe((event: TimelineEvent) => console.log(event.kind));
  for await (const event of session) {
    if (event.kind === 'stall') longestMs = Math.max(longestMs, event.endMs - event.startMs);
    // @ts-expect-error: a stall has no latency
    if (event.kind === 'stall') console.log(event.latency);
  }
  stop();
  const { findings, readiness }: Diagnosis = session.diagnose(10_000);
  const worst: Finding | undefined = findings[0];
  const report: Report = session.report();
  console.log(worst?.culprits[0]?.line, readiness[0]?.verdict, report.metrics.eventLoop.delayMs?.p99);
  return longestMs;
}

longestStallMs(1).catch((error: unknown) => {
  if (error instanceof LoopscopeError) console.error(error.code, error.hint);
});
