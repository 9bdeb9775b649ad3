// A program of somebody else that watches a service through the library; prints one JSON line with what it saw.
import { attach, LoopscopeError } from 'loopscope';

const [pid, until] = process.argv.slice(2);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'];
try {
  const session = await attach(Number(pid));
  const heard = [];
  const stop = session.subscribe((event) => heard.push(event.kind));
  const iterated = [];
  let longestMs = 0;
  for await (const event of session) {
    iterated.push(event.kind);
    if (event.kind === 'stall') longestMs = Math.max(longestMs, event.endMs - event.startMs);
    // The CPU profile of a stall names who did it.
    if (until === 'named' && event.kind !== 'cpu-profile') continue;
    const named = session.diagnose().findings.some(({ culprits }) => culprits.length > 0);
    if (until === 'named' && named) break;
    if (until === 'now') break;
  }
  stop();
  await session.close();
  await session.close();
  const report = session.report();
  const { findings, readiness } = session.diagnose();
  console.log(
    JSON.stringify({
      longestMs,
      same: iterated.every((kind, i) => heard[i] === kind),
      target: session.target.pid,
      ended: until === 'ended' ? (await session.ended).state : null,
      report: { schema: report.schema, pid: report.target.pid },
      finding: findings[0] && { kind: findings[0].kind, function: findings[0].culprits[0]?.function },
      checks: readiness.length,
      listeners: signals.filter((name) => process.listenerCount(name) > 0),
    }),
  );
} catch (error) {
  const { name, code, hint, message } = error;
  console.log(JSON.stringify({ ours: error instanceof LoopscopeError, name, code, hint, message }));
}
