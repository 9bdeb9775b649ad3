/** Starts the faulty service of `loopscope demo`, and knows which requests bring out which of its faults. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadTarget, type LoadTarget } from '../load/load-plan.ts';
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

export interface Demo {
  readonly pid: number;
  readonly port: number;
  /** What to send, and how fast, to bring out the symptom. */
  readonly routes: readonly LoadTarget[];
  readonly perSecond: number;
  /** Ends the service, also when it is frozen. Safe to call twice. */
  stop(): Promise<void>;
}

interface DemoSymptom {
  readonly says: string;
  readonly perSecond: number;
  /** Beside the healthy traffic: method, path and weight of the requests that are at fault. */
  readonly requests: readonly (readonly [method: string, path: string, weight: number])[];
}

/** What `loopscope demo [symptom]` can show; the first is the default. */
export const DEMO_SYMPTOMS = {
  login: {
    says: 'a login derives its password synchronously and blocks the event loop',
    perSecond: 50,
    requests: [['POST', '/login', 2]],
  },
  json: {
    says: 'a report is turned into JSON in one go',
    perSecond: 50,
    requests: [['GET', '/reports', 2]],
  },
  regexp: {
    says: 'a regular expression backtracks without end on the wrong input',
    perSecond: 50,
    requests: [['GET', `/subscribe?email=${'a'.repeat(31)}!`, 2]],
  },
  'sync-fs': {
    says: 'a large file is read synchronously on every request',
    perSecond: 50,
    requests: [['GET', '/terms', 4]],
  },
  'memory-growth': {
    says: 'every request leaves a session in a Map that nobody clears',
    perSecond: 100,
    requests: [['GET', '/sessions', 40]],
  },
  'background-work': {
    says: 'an order is answered at once and keeps the event loop busy afterwards',
    perSecond: 50,
    requests: [['POST', '/orders', 6]],
  },
  threadpool: {
    says: 'sign-ups fill the four threads that files, DNS and crypto share',
    perSecond: 50,
    requests: [['POST', '/signup', 12]],
  },
  frozen: {
    says: 'an export never gives the event loop back',
    perSecond: 20,
    requests: [['GET', '/export', 0.2]],
  },
  healthy: { says: 'nothing is wrong', perSecond: 50, requests: [] },
} as const satisfies Record<string, DemoSymptom>;

export type DemoSymptomName = keyof typeof DEMO_SYMPTOMS;

export const isDemoSymptom = (name: string): name is DemoSymptomName => Object.hasOwn(DEMO_SYMPTOMS, name);

/** The weights of the faulty requests are of these 40 and their own. */
const HEALTHY_REQUESTS = [
  ['GET', '/products', 20],
  ['GET', '/orders/1042', 20],
] as const;

/** A Node process starts in a tenth of a second; this is a machine in trouble, where the demo would be no use. */
const READY_TIMEOUT_MS = 15_000;

export interface DemoOptions {
  readonly symptom: DemoSymptomName;
  /** The Node that runs the service; default is the one that runs us. */
  readonly node?: string;
  /** The built service; default is the one beside this program. */
  readonly script?: string;
}

/** Starts the service and resolves when it listens. */
export async function startDemo(options: DemoOptions): Promise<Result<Demo, CodedError>> {
  const script = options.script ?? fileURLToPath(new URL('./demo-service.mjs', import.meta.url));
  const child = spawn(options.node ?? process.execPath, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve()).once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    // A frozen service hears no polite signal.
    child.kill('SIGKILL');
    await exited;
  };
  const lines = createInterface({ input: child.stdout });
  const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
  const firstLine = once(lines, 'line', { signal: timeout }).then(
    ([line]) => String(line),
    () => null,
  );
  const line = await Promise.race([firstLine, exited.then(() => null)]);
  const port = Number(/^ready (\d+)$/.exec(line ?? '')?.[1]);
  if (child.pid === undefined || Number.isNaN(port)) {
    await stop();
    return fail({
      code: 'demo-not-started',
      message: `the demo service did not start (${script})`,
      hint: 'is the installation complete?',
      exitCode: 3,
    });
  }
  const { perSecond, requests } = DEMO_SYMPTOMS[options.symptom];
  const routes = [...HEALTHY_REQUESTS, ...requests].map(([method, path, weight]) =>
    loadTarget(`http://127.0.0.1:${port}${path}`, { method, weight }),
  );
  return ok({ pid: child.pid, port, routes, perSecond, stop });
}
