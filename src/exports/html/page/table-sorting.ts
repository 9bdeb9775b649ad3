/** Headings of the tables become buttons that sort by their column. */

type Direction = 'ascending' | 'descending';

export function sortTables(): void {
  for (const heading of document.querySelectorAll<HTMLTableCellElement>('th[data-sortable]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = heading.textContent;
    button.addEventListener('click', () => sortBy(heading));
    heading.replaceChildren(button);
  }
}

function sortBy(heading: HTMLTableCellElement): void {
  const table = heading.closest('table');
  const body = table?.tBodies[0];
  if (!table || !body) return;
  const direction = nextDirection(heading);
  for (const other of table.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', direction);
  const sign = direction === 'ascending' ? 1 : -1;
  const rows = [...body.rows].map((row) => ({ row, value: valueIn(row, heading.cellIndex) }));
  rows.sort((a, b) => compareValues(a.value, b.value, sign));
  body.append(...rows.map(({ row }) => row));
}

/** Figures are asked for largest first, names from A. */
function nextDirection(heading: HTMLTableCellElement): Direction {
  const first: Direction = heading.classList.contains('text') ? 'ascending' : 'descending';
  const other: Direction = first === 'ascending' ? 'descending' : 'ascending';
  return heading.getAttribute('aria-sort') === first ? other : first;
}

/** Null where nothing was measured. */
function valueIn(row: HTMLTableRowElement, column: number): number | string | null {
  const text = row.cells[column]?.dataset['value'] ?? '';
  if (text === '') return null;
  const figure = Number(text);
  return Number.isNaN(figure) ? text : figure;
}

/** What was not measured stands last in either direction. */
function compareValues(a: number | string | null, b: number | string | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * sign;
  return String(a).localeCompare(String(b)) * sign;
}
