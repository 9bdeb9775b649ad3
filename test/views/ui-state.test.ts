import { describe, expect, it } from 'vitest';
import { commandOf, footerBindings, isBoundOn, KEYMAP } from '../../src/views/keymap.ts';
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
  it('gives no key two meanings on one screen', () => {
    for (const screen of SCREENS) {
      const keys = KEYMAP.filter((binding) => isBoundOn(binding, screen)).flatMap((binding) => binding.keys);
      expect(keys).toHaveLength(new Set(keys).size);
    }
  });

  it('handles what the footer shows', () => {
    for (const screen of SCREENS) {
      for (const { keys, command } of footerBindings(screen, () => true)) {
        for (const key of keys) expect(commandOf(key, screen)).toBe(command);
      }
    }
  });

  it('knows nothing of keys that are bound on other screens only', () => {
    expect(commandOf('i', 'cpu')).toBe('invert');
    expect(commandOf('i', 'memory')).toBeUndefined();
  });
});

describe('reduceUi', () => {
  it('goes back one step at a time: the help, the filter, the zoom, the screen', () => {
    const deep = after(
      { kind: 'show', screen: 'cpu' },
      { kind: 'zoom', path: ['a', 'b'] },
      { kind: 'ask', purpose: 'filter' },
      { kind: 'type', text: 'hash' },
      { kind: 'submit', atMs: 0 },
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

  it('keeps a mark with its note and moment', () => {
    const marked = after(
      { kind: 'ask', purpose: 'mark' },
      { kind: 'type', text: 'deploy' },
      { kind: 'submit', atMs: 42 },
    );
    expect(marked).toMatchObject({ prompt: null, filter: '', marks: [{ atMs: 42, note: 'deploy' }] });
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
