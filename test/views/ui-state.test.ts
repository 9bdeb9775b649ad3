import { describe, expect, it } from 'vitest';
import { commandOf, footerBindings, isBoundOn, KEYMAP, type Command } from '../../src/views/keymap.ts';
import { createScreenData, FigureCache } from '../../src/presentation/screen-data.ts';
import { selectStallRows } from '../../src/presentation/stall-rows.ts';
import { runCommand } from '../../src/views/commands.ts';
import { cursorRow } from '../../src/views/list-cursor.ts';
import { selectedSpan } from '../../src/views/span-selection.ts';
import { SYNTHETIC_FINDINGS } from '../terminal/synthetic-timeline.ts';
import { createTimeline } from '../../src/timeline/timeline.ts';
import { isAvailable, type View } from '../../src/views/view.ts';
import { syntheticTimeline, viewOf } from './synthetic-view.ts';
import {
  focusedPanel,
  INITIAL_UI,
  reduceUi,
  SCREENS,
  windowMs,
  type UiAction,
  type UiState,
} from '../../src/views/ui-state.ts';

function after(...actions: readonly UiAction[]): UiState {
  return actions.reduce(reduceUi, INITIAL_UI);
}

describe('the keymap', () => {
  const live = viewOf(createTimeline());
  const replayed: View = {
    ...live,
    playback: { startMs: 0, endMs: 60_000, positionMs: 60_000, playing: false, speed: 1 },
  };
  const availableIn = (view: View) => (command: Command) => isAvailable(view, command);

  it.each([
    ['a live session', live],
    ['a recording', replayed],
  ])('gives no key two meanings on one screen of %s', (_, view) => {
    for (const screen of SCREENS) {
      const keys = KEYMAP.filter(
        (binding) => isBoundOn(binding, screen) && isAvailable(view, binding.command),
      ).flatMap((binding) => binding.keys);
      expect(keys).toHaveLength(new Set(keys).size);
    }
  });

  it('gives space to the picture of a live session, and to the tape of a recording', () => {
    expect(commandOf('space', 'cpu', availableIn(live))).toBe('freeze');
    expect(commandOf('space', 'cpu', availableIn(replayed))).toBe('play');
    expect(commandOf('>', 'cpu', availableIn(live))).toBeUndefined();
    expect(commandOf('>', 'cpu', availableIn(replayed))).toBe('faster');
  });

  it('handles what the footer shows', () => {
    for (const screen of SCREENS) {
      for (const { keys, command } of footerBindings(screen, availableIn(replayed))) {
        for (const key of keys) expect(commandOf(key, screen, availableIn(replayed))).toBe(command);
      }
    }
  });

  it('knows nothing of keys that are bound on other screens only', () => {
    expect(commandOf('i', 'cpu', availableIn(live))).toBe('invert');
    expect(commandOf('i', 'memory', availableIn(live))).toBeUndefined();
  });
});

describe('reduceUi', () => {
  it('goes back one step at a time: the help, the filter, the zoom, the screen', () => {
    const deep = after(
      { kind: 'show', screen: 'cpu' },
      { kind: 'zoom', path: ['a', 'b'] },
      { kind: 'ask', purpose: 'filter' },
      { kind: 'type', text: 'hash' },
      { kind: 'submit' },
      { kind: 'help', open: true },
    );
    const steps = [deep];
    for (let i = 0; i < 5; i++) steps.push(reduceUi(steps.at(-1) ?? deep, { kind: 'back' }));
    expect(steps.map(({ help, filter, zoom, screen }) => [help, filter, zoom.length, screen])).toEqual([
      [true, 'hash', 2, 'cpu'],
      [false, 'hash', 2, 'cpu'],
      [false, '', 2, 'cpu'],
      [false, '', 1, 'cpu'],
      [false, '', 0, 'cpu'],
      [false, '', 0, 'overview'],
    ]);
  });

  it('narrows while a filter is typed, and drops it on escape', () => {
    const typed = after(
      { kind: 'ask', purpose: 'filter' },
      { kind: 'type', text: 'log' },
      { kind: 'type', text: 'i' },
      { kind: 'erase' },
    );
    expect(typed.filter).toBe('log');
    expect(reduceUi(typed, { kind: 'back' })).toMatchObject({ filter: '', prompt: null });
  });

  it('closes the line of a mark when it is kept, and filters nothing by it', () => {
    const marked = after(
      { kind: 'ask', purpose: 'mark' },
      { kind: 'type', text: 'deploy' },
      { kind: 'submit' },
    );
    expect(marked).toMatchObject({ prompt: null, filter: '' });
  });

  it('moves the focus around the panels of a screen', () => {
    const focused = (count: number) =>
      focusedPanel(after(...Array.from({ length: count }, (): UiAction => ({ kind: 'focus', by: 1 }))));
    expect([focused(0), focused(1), focused(2), focused(3)]).toEqual([
      'findings',
      'routes',
      'hottest',
      'findings',
    ]);
  });

  it('stops at the shortest and the longest window', () => {
    const widest = after(...Array.from({ length: 20 }, (): UiAction => ({ kind: 'window', by: 1 })));
    const narrowest = after(...Array.from({ length: 20 }, (): UiAction => ({ kind: 'window', by: -1 })));
    expect([windowMs(narrowest), windowMs(INITIAL_UI), windowMs(widest)]).toEqual([
      10_000, 60_000, 3_600_000,
    ]);
  });
});

describe('the cursor of a list', () => {
  const findings = SYNTHETIC_FINDINGS;
  const onSecond = after({ kind: 'select', panel: 'findings', row: 1, key: findings[1]?.id ?? null });

  it('stays on its row when the list sorts itself anew', () => {
    expect(cursorRow(onSecond, 'findings', findings)).toBe(1);
    expect(cursorRow(onSecond, 'findings', findings.toReversed())).toBe(findings.length - 2);
  });

  it('stays at its place when its row is gone, and inside of what is left', () => {
    const [first, , third] = findings;
    expect(cursorRow(onSecond, 'findings', [first!, third!])).toBe(1);
    expect(cursorRow(onSecond, 'findings', [first!])).toBe(0);
  });
});

describe('a span of time', () => {
  const { data } = viewOf(syntheticTimeline());
  const run = (ui: UiState, ...commands: readonly ('select-span' | 'left' | 'right' | 'open')[]): UiState =>
    commands.reduce((now, command) => runCommand(command, now, data).reduce(reduceUi, now), ui);
  const onLoop = after({ kind: 'show', screen: 'loop' });

  it('begins with the selected stall and holds the picture', () => {
    const selecting = run(onLoop, 'select-span');
    const [stall] = selectStallRows(data);
    expect(selectedSpan(selecting)).toEqual({
      fromMs: stall?.startMs,
      toMs: (stall?.startMs ?? 0) + (stall?.durationMs ?? 0),
    });
    expect(selecting.heldAtMs).toBe(data.span.toMs);
  });

  it('grows by the arrows at either end, and is what every screen then shows', () => {
    const stall = selectedSpan(run(onLoop, 'select-span'));
    const earlier = run(onLoop, 'select-span', 'select-span', 'left', 'left');
    const stepMs = (data.plotSpan.toMs - data.plotSpan.fromMs) / 60;
    expect(selectedSpan(earlier)).toEqual({ fromMs: (stall?.fromMs ?? 0) - 2 * stepMs, toMs: stall?.toMs });
    const chosen = run(earlier, 'open');
    expect(chosen).toMatchObject({ chosenSpan: selectedSpan(earlier), selecting: null });
    const shown = createScreenData(
      {
        timeline: data.timeline,
        findings: [],
        readiness: [],
        endMs: null,
        windowMs: 60_000,
        span: chosen.chosenSpan,
      },
      new FigureCache(),
    );
    expect(shown.span).toEqual(chosen.chosenSpan);
    expect(selectStallRows(shown).length).toBeLessThan(selectStallRows(data).length);
  });

  it('is at least a second long: readings come four times a second', () => {
    const { chosenSpan } = run(onLoop, 'select-span', 'open');
    expect((chosenSpan?.toMs ?? 0) - (chosenSpan?.fromMs ?? 0)).toBeCloseTo(1_000, 6);
  });

  it('is left by following again, and by esc', () => {
    const chosen = run(onLoop, 'select-span', 'open');
    expect(reduceUi(chosen, { kind: 'hold', atMs: null })).toMatchObject({
      chosenSpan: null,
      heldAtMs: null,
    });
    expect(reduceUi(chosen, { kind: 'back' })).toMatchObject({ chosenSpan: null, screen: 'loop' });
    expect(reduceUi(run(onLoop, 'select-span'), { kind: 'back' })).toMatchObject({ selecting: null });
  });
});
