/** Which rows of a long list are shown, so that the selected one is among them. */

/** @returns index of the first row that is shown */
export function firstShown(count: number, room: number, selected: number): number {
  if (count <= room) return 0;
  const centred = selected - Math.floor(room / 2);
  return Math.min(count - room, Math.max(0, centred));
}

export function clampRow(row: number, count: number): number {
  return Math.max(0, Math.min(count - 1, row));
}
