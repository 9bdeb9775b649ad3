/** `loopscope demo`: a small faulty service of our own, load on it, and the main job on that. */
import { onLeave } from '../cleanup.ts';
import { EXIT, type CommandIo, type ExitCode, type CommonOptions } from '../command-io.ts';
import { DEMO_SYMPTOMS, isDemoSymptom, startDemo, type Demo } from '../demo.ts';
import { reportFailure } from '../failure.ts';
import { loadPlan } from '../../load/load-plan.ts';
import { runLoad } from '../../load/run-load.ts';
import { runAttach } from './attach.ts';
import { runCheck } from './check.ts';

export interface DemoCommandOptions extends CommonOptions {
  readonly duration: number;
  readonly list?: true;
}

/** The load ends when the demo does; this is for a terminal that somebody leaves open. */
const LONGEST_LOAD_MS = 24 * 3_600_000;

const names = Object.keys(DEMO_SYMPTOMS);

/** With a terminal, the UI; without one, the diagnosis after `duration`, and the exit code of `check`. */
export async function runDemo(
  symptom: string | undefined,
  options: DemoCommandOptions,
  io: CommandIo,
): Promise<ExitCode> {
  if (options.list) {
    for (const [name, { says }] of Object.entries(DEMO_SYMPTOMS)) {
      io.stdout.write(`${name.padEnd(16)} ${says}\n`);
    }
    return EXIT.done;
  }
  const name = symptom ?? names[0] ?? '';
  if (!isDemoSymptom(name)) {
    const message = `the demo has no symptom ${JSON.stringify(name)}`;
    return reportFailure(
      { code: 'unknown-symptom', message, hint: `it has ${names.join(', ')}`, exitCode: EXIT.usage },
      io,
      false,
    );
  }
  const demo = await startDemo({ symptom: name });
  if (!demo.ok) return reportFailure(demo.error, io, false);
  const forget = onLeave(demo.value.stop);
  const endLoad = loadDemo(demo.value, io);
  try {
    const target = String(demo.value.pid);
    if (io.stdout.isTTY && io.stdin.isTTY) return await runAttach(target, options, io);
    io.stderr.write(`demo: ${DEMO_SYMPTOMS[name].says}; watching for ${options.duration / 1000} s\n`);
    return await runCheck(target, { ...options, failOn: 'critical' }, io);
  } finally {
    await endLoad();
    forget();
    await demo.value.stop();
  }
}

/** Sends the demo's requests until the returned function is called. */
function loadDemo(demo: Demo, io: CommandIo): () => Promise<void> {
  const ending = new AbortController();
  const plan = loadPlan({ kind: 'rate', perSecond: demo.perSecond }, demo.routes, {
    durationMs: LONGEST_LOAD_MS,
  });
  const load = runLoad(plan, { clock: io.clock, signal: ending.signal });
  return async () => {
    ending.abort();
    await load;
  };
}
