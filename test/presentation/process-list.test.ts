import { expect, test } from 'vitest';
import type { NodeProcess } from '../../src/inspector/process-discovery.ts';
import { formatProcessList, fromNodeProcesses } from '../../src/presentation/process-list.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 10);
const SERVER: NodeProcess = {
  pid: 4711,
  parentPid: 1,
  command: 'node server.js',
  node: 'v22.12.0',
  user: 'app',
  startedAtWallMs: NOW_MS - 200_000,
  cpuPercent: 93,
  rssBytes: 222_298_112,
  clusterWorker: false,
  inspector: { kind: 'closed' },
};
const WORKER: NodeProcess = {
  ...SERVER,
  pid: 99,
  node: null,
  cpuPercent: null,
  rssBytes: null,
  clusterWorker: true,
  inspector: {
    kind: 'unavailable',
    because: { code: 'stopped', message: 'process 99 is stopped', hint: 'let it run on', exitCode: 3 },
  },
};

test('processes are a table, and why one cannot be attached to stands below it', () => {
  expect(formatProcessList([SERVER, WORKER], NOW_MS, null)).toEqual([
    ' PID  NODE      CPU  MEMORY      UP  USER  INSPECTOR  COMMAND',
    '4711  v22.12.0  93%    212M  3m 20s  app   closed     node server.js',
    '  99  ?           –       –  3m 20s  app   stopped    node server.js (cluster worker)',
    '',
    'cannot be attached to:',
    '  process 99 is stopped',
  ]);
});

test('lines are cut to the width of the terminal, letters of double width counted as two', () => {
  const [, line] = formatProcessList([{ ...SERVER, command: 'node 日本語.js' }], NOW_MS, 61);
  expect(line).toBe('4711  v22.12.0  93%    212M  3m 20s  app   closed     node 日');
});

test('an inspector that is open is shown with its port and who opened it', () => {
  const open = { ...SERVER, inspector: { kind: 'open', port: 28_121, openedBy: 'loopscope' } } as const;
  expect(formatProcessList([open], NOW_MS, null)[1]).toMatch(/ loopscope :28121 +node server/);
});

test('what many have in common is told once, and the folder of the program not at all', () => {
  const inContainer = (pid: number): NodeProcess => ({
    ...SERVER,
    pid,
    command: '/opt/node/bin/node /srv/app.js',
    inspector: {
      kind: 'unavailable',
      because: {
        code: 'other-network-namespace',
        message: `process ${pid} runs in a container`,
        hint: 'go inside',
        exitCode: 3,
      },
    },
  });
  expect(formatProcessList([1, 2, 3].map(inContainer), NOW_MS, null)).toEqual([
    'PID  NODE      CPU  MEMORY      UP  USER  INSPECTOR  COMMAND',
    '  1  v22.12.0  93%    212M  3m 20s  app   other net  node /srv/app.js',
    '  2  v22.12.0  93%    212M  3m 20s  app   other net  node /srv/app.js',
    '  3  v22.12.0  93%    212M  3m 20s  app   other net  node /srv/app.js',
    '',
    'cannot be attached to:',
    '  process 1 runs in a container (and 2 more like it)',
  ]);
});

test('without processes it says so', () => {
  expect(formatProcessList([], NOW_MS, 80)).toEqual(['no Node process runs on this machine']);
});

test('the data for scripts names its schema, gives times as ISO and unknown values as null', () => {
  expect(fromNodeProcesses([WORKER])).toEqual({
    schema: 'loopscope.ps/1',
    processes: [
      {
        pid: 99,
        parentPid: 1,
        command: 'node server.js',
        node: null,
        user: 'app',
        startedAt: '2026-01-31T09:56:40.000Z',
        cpuPercent: null,
        rssBytes: null,
        clusterWorker: true,
        inspector: { state: 'unavailable', code: 'stopped', message: 'process 99 is stopped' },
      },
    ],
  });
});
