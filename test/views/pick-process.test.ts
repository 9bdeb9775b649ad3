import { describe, expect, it } from 'vitest';
import type { NodeProcess } from '../../src/inspector/process-discovery.ts';
import {
  drawPicker,
  filterProcesses,
  pressInPicker,
  type PickerState,
} from '../../src/views/pick-process.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme } from '../../src/views/terminal/theme.ts';

const NOW = 1_769_868_000_000;

function nodeProcess(
  pid: number,
  command: string,
  inspector: NodeProcess['inspector'] = { kind: 'closed' },
): NodeProcess {
  return {
    pid,
    parentPid: 1,
    command,
    node: 'v22.12.0',
    user: 'app',
    startedAtWallMs: NOW - 200_000,
    cpuPercent: 93,
    rssBytes: 212 * 1_048_576,
    clusterWorker: false,
    inspector,
  };
}

const processes = [
  nodeProcess(4711, 'node server.js'),
  nodeProcess(4712, 'node worker.js', {
    kind: 'unavailable',
    because: {
      code: 'sigusr1-disabled',
      message: 'it was started with --disable-sigusr1',
      hint: 'use the agent',
      exitCode: 3,
    },
  }),
];

function press(...keys: readonly string[]): PickerState | string {
  let state: PickerState = { filter: '', row: 0 };
  for (const key of keys) {
    const next = pressInPicker(state, key, filterProcesses(processes, state.filter).length);
    if (typeof next === 'string') return next;
    state = next;
  }
  return state;
}

describe('the process picker', () => {
  it('moves within the list, filters by what is typed, and forgets the filter on escape', () => {
    expect(press('down', 'down', 'down')).toEqual({ filter: '', row: 1 });
    expect(press('w', 'o', 'r', 'backspace')).toEqual({ filter: 'wo', row: 0 });
    expect(press('w', 'q', 'escape')).toEqual({ filter: '', row: 0 });
    expect(filterProcesses(processes, 'WORKER').map(({ pid }) => pid)).toEqual([4712]);
  });

  it('ends on enter, on q without a filter, on escape and on Ctrl-C', () => {
    expect([press('enter'), press('q'), press('escape'), press('ctrl-c'), press('ctrl-z')]).toEqual([
      'open',
      'leave',
      'leave',
      'leave',
      'suspend',
    ]);
  });

  it('shows each process, and why one cannot be attached to', () => {
    const surface = new Surface(80, 14, new Theme({ palette: 'dark', depth: 256, ascii: false }));
    drawPicker(surface, { processes, wallMs: NOW }, { filter: '', row: 1 });
    expect(surface.toText()).toMatch(/4711 +v22\.12\.0 +93% +212M +3m 20s +node server\.js/);
    expect(surface.toText()).toContain(' it was started with --disable-sigusr1; use the agent\n');
    expect(surface.toText()).toMatch(/▶ +4712 .*node worker\.js +disabled/);
  });
});
