import { describe, expect, it } from 'vitest';
import { pasteIntoExplorer, pressInExplorer } from '../../src/views/heap/explorer-keys.ts';
import { drawExplorer } from '../../src/views/heap/explorer-screen.ts';
import { createExplorer, placeOf, type Explorer } from '../../src/views/heap/explorer-state.ts';
import { selectQuestion, selectTable } from '../../src/views/heap/explorer-table.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme } from '../../src/views/terminal/theme.ts';
import { explorerOf } from './heap-snapshot-data.ts';

/** The explorer after these keys. */
function after(explorer: Explorer, ...keys: readonly string[]): Explorer {
  return keys.reduce((now, key) => {
    const ui = pressInExplorer(now, key);
    if (typeof ui === 'string') throw new Error(`${key} ends it: ${ui}`);
    return { ...now, ui };
  }, explorer);
}

function drawn(explorer: Explorer, columns: number, rows: number, ascii = false): string {
  const surface = new Surface(columns, rows, new Theme({ palette: 'dark', depth: 256, ascii }));
  drawExplorer(surface, explorer);
  return surface.toText();
}

const reading: Explorer = {
  ...createExplorer(['/tmp/before.heapsnapshot', '/tmp/after.heapsnapshot']),
  data: {
    ...createExplorer(['/tmp/before.heapsnapshot', '/tmp/after.heapsnapshot']).data,
    work: { file: 1, files: 2, progress: { stage: 'reading', share: 0.5 } },
  },
};

const SCREENS: readonly (readonly [name: string, explorer: Explorer])[] = [
  ['reading', reading],
  ['growth', explorerOf(2)],
  ['changes', after(explorerOf(2), '2')],
  ['biggest', explorerOf(1)],
  ['constructors', after(explorerOf(1), '2', 'down')],
  ['instances', after(explorerOf(1), '2', 'down', 'enter')],
  ['dominators', after(explorerOf(1), '3', 'right', 'down', 'right', 'down')],
  ['strings', after(explorerOf(1), '4')],
  ['found', after(explorerOf(1), 'f', 't', 'o', 'k', 'e', 'n', 'enter')],
  ['help', after(explorerOf(2), '?')],
];

describe('the heap explorer', () => {
  it.each(SCREENS)('draws %s as before', async (name, explorer) => {
    await expect(`${drawn(explorer, 120, 24)}\n`).toMatchFileSnapshot(`goldens/heap-${name}.txt`);
    await expect(`${drawn(explorer, 80, 24)}\n`).toMatchFileSnapshot(`goldens/heap-${name}-narrow.txt`);
  });

  it.each(SCREENS)('draws %s in ASCII but for what the heap itself holds', (_name, explorer) => {
    const picture = drawn(explorer, 120, 24, true).replaceAll(/[€東京–]/g, '');
    // oxlint-disable-next-line no-control-regex
    expect(picture).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it.each(SCREENS)('draws %s in any space', (_name, explorer) => {
    for (const [columns, rows] of [
      [1, 1],
      [79, 24],
      [80, 24],
      [250, 70],
    ] as const) {
      expect(() => drawn(explorer, columns, rows)).not.toThrow();
    }
  });

  it('opens the instances of a constructor, then what one of them keeps, and comes back', () => {
    const instances = after(explorerOf(1), '2', 'down', 'enter');
    expect(placeOf(instances.ui)).toMatchObject({ kind: 'instances', constructor: { name: 'Session' } });
    const tree = after(instances, 'enter');
    // The one that retains the most is on top.
    expect(placeOf(tree.ui)).toMatchObject({ kind: 'tree', root: { id: 103 } });
    expect(placeOf(after(tree, 'escape', 'escape').ui)).toEqual({ kind: 'constructors' });
  });

  it('orders constructors by each column in turn', () => {
    const names = (explorer: Explorer) => selectTable(explorer)?.rows.map(({ cells }) => cells[0]);
    const constructors = after(explorerOf(1), '2');
    expect(names(constructors)).toEqual(['Map', 'Session', '(string)', 'Array']);
    expect(names(after(constructors, 's'))).toEqual(['(string)', 'Map', 'Session', 'Array']);
    expect(names(after(constructors, 's', 's'))).toEqual(['(string)', 'Session', 'Array', 'Map']);
    expect(names(after(constructors, 's', 's', 's', 's'))).toEqual(names(constructors));
  });

  it('narrows a list while a filter is typed or pasted, and forgets it on escape', () => {
    const typing = after(explorerOf(1), '2', '/', 's', 'e', 's');
    expect(selectTable(typing)?.rows.map(({ cells }) => cells[0])).toEqual(['Session']);
    const pasted = { ...typing, ui: pasteIntoExplorer(typing.ui, 'sion\u001b[2J') };
    expect(pasted.ui.filter).toMatch(/^session/);
    expect(pasted.ui.filter).not.toContain('\u001b');
    expect(selectTable(after(typing, 'enter'))?.rows).toHaveLength(1);
    expect(selectTable(after(typing, 'enter', 'escape'))?.rows).toHaveLength(4);
  });

  it('opens and closes branches, and goes from a leaf to where it hangs', () => {
    const open = after(explorerOf(1), '3', 'right', 'down', 'down');
    const names = (explorer: Explorer) => selectTable(explorer)?.rows.map(({ cells }) => cells[0]);
    expect(names(open)).toEqual(['globalThis', 'serve() lib/serve.mjs:5', 'Array', '(GC roots)']);
    const parent = after(open, 'left');
    expect(parent.ui.selected.get('dominators')).toBe(0);
    expect(names(after(parent, 'left'))).toEqual(['globalThis', '(GC roots)']);
  });

  it('asks for what is missing alone: the list, its branches, then the path of the selected row', () => {
    const explorer = explorerOf(1);
    expect(selectQuestion(explorer)).toBeNull();
    expect(selectQuestion(after(explorer, 'down'))).toEqual({ kind: 'path', id: 77 });
    expect(selectQuestion(after(explorer, '2', 'enter'))).toMatchObject({ kind: 'instances', key: 'Map' });
    expect(selectQuestion(after(explorer, 'f', 'x', 'enter'))).toMatchObject({ kind: 'search', text: 'x' });
    expect(selectQuestion(after(explorer, '3', 'down', 'right'))).toMatchObject({ kind: 'dominated', id: 5 });
    expect(selectQuestion(reading)).toBeNull();
  });

  it('leaves on q and Ctrl-C, and types q where text is typed', () => {
    expect(pressInExplorer(explorerOf(1), 'q')).toBe('quit');
    expect(pressInExplorer(after(explorerOf(1), '/'), 'ctrl-c')).toBe('quit');
    expect(after(explorerOf(1), '/', 'q').ui.filter).toBe('q');
    expect(pressInExplorer(explorerOf(1), 'ctrl-z')).toBe('suspend');
  });
});
