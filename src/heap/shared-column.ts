/** One number each, in memory that two threads can work on; zeros, which take no memory before they are written. */
export function sharedColumn(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(length * 4));
}
