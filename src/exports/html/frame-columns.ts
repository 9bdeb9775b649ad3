/** The columns that say which code a row is about: its function, and its place. */
import type { CodeFrame } from '../../model/timeline-event.ts';
import { formatPlace } from '../../presentation/format.ts';
import type { Column } from './data-table.ts';

export const frameColumns: readonly Column<{ readonly frame: CodeFrame }>[] = [
  {
    title: 'Function',
    kind: 'text',
    cell: ({ frame }) => frame.function,
    value: ({ frame }) => frame.function,
  },
  {
    title: 'Place',
    kind: 'text',
    cell: ({ frame }) => formatPlace(frame),
    value: ({ frame }) => frame.file,
    mark: () => 'dim',
  },
];
