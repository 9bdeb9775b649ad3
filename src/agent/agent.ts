/**
 * The in-process agent, for services where no inspector can be opened:
 *
 *   node --import loopscope/agent server.js      (or --require, or NODE_OPTIONS)
 *
 * This half runs in the main thread, once, and starts the other one in a thread of its own. After that nothing of it
 * runs here until somebody attaches. Whatever goes wrong, the service does not hear of it.
 */
import { dirname, join, resolve } from 'node:path';
import { isMainThread, Worker } from 'node:worker_threads';
import { AGENT_FOLDER_VARIABLE, AGENT_THREAD_NAME } from '../inspector/agent-folder.ts';
import { AGENT_SYMBOL } from '../probes/allocation-probe.ts';
import type { AgentInService } from '../probes/allocation-probe.ts';
import type { AgentThreadData, ToAgentThread, ToMainThread } from './agent-wire.ts';
import { createInspectorStandIn } from './inspector-stand-in.ts';
import { loadProfiler } from './native-profiler.ts';
import { say } from './service-stderr.ts';

/**
 * What the thread needs for whatever loopscope asks, a hundred times over. A tight limit would be a danger instead of
 * a guard: V8 ends the whole process, not only the thread, when one large message meets it (100 MB against limits of
 * 64 and 256 MB: so on Node 18 to 26). The small young generation keeps the idle thread small.
 */
const LIMITS = { maxOldGenerationSizeMb: 4096, maxYoungGenerationSizeMb: 8 };
/** Of the environment, what decides where the socket is put. */
const PLACE_VARIABLES = [AGENT_FOLDER_VARIABLE, 'XDG_RUNTIME_DIR', 'TMPDIR'];
/** Treats any Node as one that was built without an inspector, to try what is done there. */
const WITHOUT_INSPECTOR_VARIABLE = 'LOOPSCOPE_AGENT_WITHOUT_INSPECTOR';

/** There only with `--permission`. */
interface PermittedProcess {
  readonly permission?: { has(scope: string): boolean };
}

const holder = globalThis as unknown as Record<symbol, AgentInService | undefined>;
const key = Symbol.for(AGENT_SYMBOL);

// Worker threads load what the main thread was told to, too: theirs are reached through the main thread.
if (isMainThread && holder[key] === undefined) {
  try {
    start();
  } catch (error) {
    // `--permission` without `--allow-worker`, for instance.
    say(`it could not start: ${String(error)}`);
  }
}

function start(): void {
  const { permission } = process as unknown as PermittedProcess;
  if (permission !== undefined && !permission.has('inspector')) {
    // Not only in vain: Node 24 and 26 abort the process when a thread tries.
    say('a process with --permission needs --allow-worker and --allow-inspector for it (Node 24)');
    return;
  }
  const hasInspector = process.features.inspector && process.env[WITHOUT_INSPECTOR_VARIABLE] === undefined;
  const environment = PLACE_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const packagePlaces = [process.cwd(), dirname(resolve(process.argv[1] ?? '.')), __dirname];
  const workerData: AgentThreadData = {
    packagePlaces,
    environment: Object.fromEntries(environment),
    hasInspector,
  };
  const thread = new Worker(join(__dirname, 'agent-thread.cjs'), {
    name: AGENT_THREAD_NAME,
    workerData,
    // Neither the application's loaders nor its environment; and its standard streams are not touched.
    execArgv: [],
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: LIMITS,
  });
  // A thread that ended is no error of the service's; without a listener it would be one.
  thread.on('error', (error) => say(`it ended: ${String(error)}`));
  const tell = (message: ToAgentThread): void => thread.postMessage(message);
  if (!hasInspector) {
    const standIn = createInspectorStandIn(packagePlaces, (connection, message) => {
      tell({ kind: 'message', connection, message });
    });
    thread.on('message', (message: ToMainThread) => standIn.hear(message));
  }
  // After the listeners: each of them would hold the process.
  thread.unref();
  const value: AgentInService = {
    leave: () => tell({ kind: 'leave' }),
    startHeapSampler(intervalBytes) {
      const profiler = loadProfiler(packagePlaces);
      if (profiler !== null) tell({ kind: 'loaded', tool: 'v8-profiler-next' });
      return profiler?.startHeapSampler(intervalBytes) ?? null;
    },
  };
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: false });
}
