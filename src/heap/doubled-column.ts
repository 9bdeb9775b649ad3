/** The same numbers in a column of twice the length, for what streams in without saying how much it is. */
export function doubled(column: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(column.length * 2);
  larger.set(column);
  return larger;
}
