/** The last lines that the service printed: the newest at the bottom, until the user goes back. */
import { drawFrame, insideFrame } from '../drawing/frame.ts';
import { outputCursor } from '../list-cursor.ts';
import type { Panel } from '../view.ts';

/** From this width on a path fits beside the title. */
const ROOM_FOR_FILE = 100;

export const drawOutput: Panel = (surface, view) => {
  const { theme } = surface;
  const dim = theme.styleOf('dim');
  const lines = view.output?.lines() ?? [];
  const last = outputCursor(view.ui, lines);
  const newer = lines.length - 1 - last;
  const file = view.output?.file ?? null;
  drawFrame(surface, {
    title: 'Output of the service',
    focused: true,
    panel: 'output',
    right: [
      [newer > 0 ? `${newer} newer below` : 'following', newer > 0 ? theme.styleOf('warning') : dim],
      ...(file === null || surface.width < ROOM_FOR_FILE ? [] : [[`  ${file}`, dim] as const]),
    ],
  });
  insideFrame(surface, (inside) => {
    if (lines.length === 0) inside.text(0, 0, 'it has printed nothing yet', dim);
    const room = inside.height;
    // A line that was gone back to is the last one shown, but for the first page, which is shown whole.
    const end = Math.min(lines.length, Math.max(last + 1, room));
    lines.slice(Math.max(0, end - room), end).forEach(({ from, text }, row) => {
      inside.text(0, row, text, from === 'stderr' ? theme.styleOf('warning') : 0, inside.width);
    });
  });
};
