import { describe, expect, it } from 'vitest';
import { formatProcesses, selectFleetRow, type FleetRow } from '../../src/presentation/fleet-rows.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { drawFleet } from '../../src/views/fleet/fleet-panel.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme } from '../../src/views/terminal/theme.ts';
import { SYNTHETIC_FINDINGS } from '../terminal/synthetic-timeline.ts';
import { syntheticTimeline } from './synthetic-view.ts';

const timeline = syntheticTimeline();
const member = (pid: number, more: Partial<Parameters<typeof selectFleetRow>[0]> = {}): FleetRow =>
  selectFleetRow({ pid, target: String(pid), source: null, note: null, restarts: 0, ...more });
const source = (findings = SYNTHETIC_FINDINGS) => ({
  timeline: () => timeline,
  findings: () => findings,
  readiness: () => [],
  subscribe: () => () => {},
});

const ROWS: readonly FleetRow[] = [
  member(4711, { source: source() }),
  member(4712, { source: source(SYNTHETIC_FINDINGS.slice(0, 1)), restarts: 2 }),
  member(4713, { source: source([]) }),
  member(4714, { note: 'the application in process 4714 handles SIGUSR1 itself' }),
  { ...member(4715, { source: source([]) }), state: { kind: 'blocked', text: 'blocked for 3.2 s' } },
  { ...member(4716, { source: source([]) }), state: { kind: 'ended', text: 'ended: exit code 1' } },
];

function drawn(rows: readonly FleetRow[], columns: number, lines: number, ascii = false): string {
  const surface = new Surface(columns, lines, new Theme({ palette: 'dark', depth: 0, ascii }));
  drawFleet(surface, { rows, row: 1, notice: null, isRecorded: false });
  return surface.toText();
}

describe('the screen of several processes', () => {
  it.each([
    [80, 24],
    [160, 50],
  ])('is drawn as before in %ix%i', async (columns, lines) => {
    await expect(`${drawn(ROWS, columns, lines)}\n`).toMatchFileSnapshot(
      `goldens/fleet-${columns}x${lines}.txt`,
    );
  });

  it('is drawn in ASCII alone where that is asked for', () => {
    // oxlint-disable-next-line no-control-regex
    expect(drawn(ROWS, 120, 40, true)).toMatch(/^[\x20-\x7e\n–]*$/);
  });

  it('tells what a key has done, and of recordings that they are some', () => {
    const surface = new Surface(80, 24, new Theme({ palette: 'dark', depth: 0, ascii: false }));
    drawFleet(surface, { rows: ROWS, row: 0, notice: 'written to loopscope-fleet-1', isRecorded: false });
    expect(surface.toText()).toMatch(/\n written to loopscope-fleet-1 *$/);
    drawFleet(surface, { rows: ROWS, row: 0, notice: null, isRecorded: true });
    expect(surface.toText()).toMatch(/^ loopscope {3}6 processes recorded/);
    expect(surface.toText()).not.toContain('write');
  });

  it('keeps the process under the cursor in view, of however many', () => {
    const many = Array.from({ length: 60 }, (_, i) => member(5000 + i, { note: 'attaching' }));
    const surface = new Surface(80, 24, new Theme({ palette: 'dark', depth: 0, ascii: false }));
    drawFleet(surface, { rows: many, row: 47, notice: null, isRecorded: false });
    expect(surface.toText()).toMatch(/▶ +5047 /);
  });

  it('is drawn in any space, and before anything came', () => {
    const nothing = member(1, { source: { ...source(), timeline: () => createTimeline() } });
    for (const [columns, lines] of [
      [1, 1],
      [10, 3],
      [250, 70],
    ] as const) {
      expect(() => drawn(ROWS, columns, lines)).not.toThrow();
      expect(() => drawn([nothing], columns, lines)).not.toThrow();
      expect(() => drawn([], columns, lines)).not.toThrow();
    }
  });
});

it.each([
  [[4711], 4, 'on process 4711'],
  [[4713, 4711], 4, 'on 2 of 4 processes: 4711, 4713'],
  [[1, 2, 3], 3, 'on all 3 processes'],
])('says where a finding is: %j of %i', (pids, of, said) => {
  expect(formatProcesses(pids, of)).toBe(said);
});
