import { describe, expect, it } from 'vitest';
import { drawFlameGraph } from '../../src/views/panels/flame-graph.ts';
import { drawTabs } from '../../src/views/panels/header.ts';
import { drawWideRoutesTable } from '../../src/views/panels/routes-table.ts';
import { pointAt } from '../../src/views/pointing.ts';
import type { MouseAction } from '../../src/views/terminal/key-parser.ts';
import { Surface } from '../../src/views/terminal/surface.ts';
import { Theme } from '../../src/views/terminal/theme.ts';
import { focusedPanel, reduceUi, type UiState } from '../../src/views/ui-state.ts';
import type { Panel } from '../../src/views/view.ts';
import { syntheticTimeline, viewOf } from './synthetic-view.ts';

const timeline = syntheticTimeline();

/** The state after a click or a turn of the wheel on a text of a panel. */
function pointed(panel: Panel, text: string, ui: Partial<UiState>, action: MouseAction = 'press'): UiState {
  const view = viewOf(timeline, ui);
  const surface = new Surface(120, 20, new Theme({ palette: 'dark', depth: 256, ascii: false }));
  panel(surface, view);
  const lines = surface.toText().split('\n');
  const y = lines.findIndex((line) => line.includes(text));
  const target = surface.touchAt(lines[y]?.indexOf(text) ?? -1, y);
  if (target === null) throw new Error(`nothing to touch at ${text}`);
  return pointAt(target, action, view.ui, view.data).reduce(reduceUi, view.ui);
}

describe('the mouse', () => {
  it('shows the screen of the tab that is clicked', () => {
    expect(pointed(drawTabs, 'Memory', {}).screen).toBe('memory');
    expect(pointed(drawTabs, 'Findings', { screen: 'loop' }).screen).toBe('findings');
  });

  it('puts the cursor on the row that is clicked, and takes the focus there', () => {
    const ui = pointed(drawWideRoutesTable, '/search', { screen: 'overview' });
    expect(ui.selected.routes.key).toBe('GET /search');
    expect(focusedPanel(ui)).toBe('routes');
  });

  it('opens the row that the cursor is on', () => {
    const once = pointed(drawWideRoutesTable, '/search', { screen: 'overview' });
    expect(pointed(drawWideRoutesTable, '/search', once).screen).toBe('requests');
  });

  it('moves the cursor of what the wheel is over, and no further than the list goes', () => {
    const down = pointed(drawWideRoutesTable, 'ROUTE', { screen: 'requests' }, 'wheel-down');
    expect(down.selected.routes.row).toBe(3);
    const up = pointed(drawWideRoutesTable, '/search', down, 'wheel-up');
    expect(pointed(drawWideRoutesTable, '/search', up, 'wheel-up').selected.routes.row).toBe(0);
  });

  it('puts the cursor on a block of the flame graph, and zooms into it the second time', () => {
    const once = pointed(drawFlameGraph, 'renderReport', { screen: 'cpu' });
    expect(once.cursor.at(-1)).toContain('renderReport');
    expect(once.zoom).toEqual([]);
    expect(pointed(drawFlameGraph, 'renderReport', once).zoom).toEqual(once.cursor);
  });
});
