/**
 * The real terminal UI on a synthetic service, as a program of its own for the pseudo-terminal:
 *
 *   node synthetic-screen.mjs [scenario] [theme]
 *
 * Scenarios: `live` (keeps running), `heavy` (with 2,000 functions), `still` (a fixed picture), `blocked`, `ended`, `hostile`, `crash`, `reject`,
 * `exit`. It prints `after` when it has left the screen, so that a test can see where that lands.
 */
import { bucketOf } from '../../src/model/latency-histogram.ts';
import { sanitise } from '../../src/shared/sanitiser.ts';
import { openTerminalUi } from '../../src/views/open-screen.tsx';
import { HeldTerminal } from '../../src/views/terminal/held-terminal.ts';
import { createTimeline, reduceTimeline } from '../../src/timeline/timeline.ts';
import {
  DEFAULT_SYNTHETIC,
  SyntheticService,
  SYNTHETIC_FINDINGS,
  SYNTHETIC_READINESS,
} from './synthetic-timeline.ts';
import type { TimelineEvent } from '../../src/model/timeline-event.ts';
import { writeFileSync } from 'node:fs';

const [scenario = 'live', theme = 'dark'] = process.argv.slice(2);
const timeline = createTimeline();
const service = new SyntheticService(
  scenario === 'heavy' ? { ...DEFAULT_SYNTHETIC, functions: 2_000 } : DEFAULT_SYNTHETIC,
);
const add = (event: TimelineEvent) => reduceTimeline(timeline, event);
add(service.start());
const pastSteps = Number(process.env['PAST_STEPS'] ?? 280);
for (let i = 0; i < pastSteps; i++) for (const event of service.step()) add(event);
const latestMs = timeline.latestMs ?? 0;
const listeners = new Set<() => void>();
const notify = () => {
  for (const listener of listeners) listener();
};

if (scenario === 'blocked') {
  add({
    kind: 'blocked',
    atMs: latestMs + 3_200,
    sinceMs: latestMs,
    in: 'javascript',
    stack: [
      {
        function: 'handler',
        file: '/srv/api-gateway/src/app.js',
        line: 12,
        column: 3,
        origin: 'user',
        package: null,
      },
      {
        function: 'handle',
        file: '/srv/api-gateway/node_modules/express/lib/layer.js',
        line: 95,
        column: 5,
        origin: 'dependency',
        package: 'express',
      },
      {
        function: 'parserOnIncoming',
        file: 'node:_http_server',
        line: 1080,
        column: 12,
        origin: 'node',
        package: null,
      },
    ],
    route: 'GET /slow',
    nativeState: null,
  });
}
if (scenario === 'hostile') {
  // As they leave the sanitiser: letters of every width, none of them a control.
  const names = [
    '日本語の関数',
    'שלום',
    '🚀🔥',
    'e\u0301\u0302\u0303',
    sanitise('\u001b[2J\u001b[2Jowned\u202eabc'),
  ];
  add({
    kind: 'requests',
    atMs: latestMs + 250,
    windowMs: 250,
    inFlight: 1,
    oldestInFlightMs: 1,
    aborted: 0,
    routes: names.map((name) => ({
      method: 'GET',
      route: `/${name}/${name}/${name}`,
      count: 1,
      errors: 0,
      totalUs: 9e6,
      maxUs: 9e6,
      latency: [[bucketOf(9e6), 1] as const],
      responseBytes: 0,
    })),
  });
}
if (scenario === 'ended') {
  add({ kind: 'connection', atMs: latestMs + 100, state: 'ended', how: 'killed by SIGKILL' });
}

let timer: NodeJS.Timeout | undefined;
if (scenario === 'live' || scenario === 'heavy') {
  timer = setInterval(() => {
    for (const event of service.step()) add(event);
    notify();
  }, 250);
}
if (scenario === 'crash') setTimeout(() => nothing(), 400);
if (scenario === 'reject') setTimeout(() => void Promise.reject(new Error('deliberate rejection')), 400);
if (scenario === 'exit') setTimeout(() => process.exit(7), 400);

function nothing(): never {
  throw new Error('deliberate crash');
}

const cpuAtStart = process.cpuUsage();
const startedAt = performance.now();
const { exitCode } = await openTerminalUi({
  source: {
    timeline: () => timeline,
    findings: () => (process.env['HEALTHY'] ? [] : SYNTHETIC_FINDINGS),
    readiness: () => SYNTHETIC_READINESS,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  },
  terminal: new HeldTerminal({
    stdin: process.stdin,
    stdout: process.stdout,
    theme: theme as 'dark',
    ascii: process.env['ASCII'] === '1',
    mouse: process.env['MOUSE'] === '1',
    env: process.env,
  }),
  options: {
    presenter: process.env['PRESENTER'] === '1',
    mark: (atMs, note) => add({ kind: 'mark', atMs, note }),
  },
});
clearInterval(timer);
if (process.env['COST_FILE']) {
  const { user, system } = process.cpuUsage(cpuAtStart);
  const share = (user + system) / 1000 / (performance.now() - startedAt);
  writeFileSync(process.env['COST_FILE'], `${(share * 100).toFixed(2)}\n`);
}
process.stdout.write('after\n');
process.exitCode = exitCode;
