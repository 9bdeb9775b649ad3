/** Tables that a reader can sort: each cell carries the value that it is sorted by, the page's script does the rest. */
import { markup, type Content, type Markup } from './markup.ts';

export interface Column<Row> {
  readonly title: string;
  /** Figures stand at the right. */
  readonly kind: 'text' | 'figure' | 'bar';
  readonly cell: (row: Row) => Content;
  /** What the column is sorted by; a column without it is not sorted. */
  readonly value?: (row: Row) => number | string | null;
  readonly mark?: (row: Row) => string;
}

export interface DataTable<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Title of the column that the rows come sorted by, largest first. */
  readonly sortedBy?: string;
}

/** The region scrolls sideways where the screen is narrow, with the keyboard too. */
export function tableMarkup<Row>({ caption, columns, rows, sortedBy }: DataTable<Row>): Markup {
  const headings = columns.map(({ title, kind, value }) => {
    const sorted = title === sortedBy ? markup` aria-sort="descending"` : null;
    return markup`<th scope="col" class="${kind}"${value ? markup` data-sortable` : null}${sorted}>${title}</th>`;
  });
  const body = rows.map(
    (row) => markup`<tr>${columns.map((column, index) => cellMarkup(column, row, index === 0))}</tr>\n`,
  );
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${headings}</tr></thead><tbody>
${body}</tbody></table></div>
`;
}

function cellMarkup<Row>({ kind, cell, value, mark }: Column<Row>, row: Row, isHeading: boolean): Markup {
  const classes = mark ? `${kind} ${mark(row)}` : kind;
  const sortValue = value ? markup` data-value="${value(row) ?? ''}"` : null;
  return isHeading
    ? markup`<th scope="row" class="${classes}"${sortValue}>${cell(row)}</th>`
    : markup`<td class="${classes}"${sortValue}>${cell(row)}</td>`;
}
