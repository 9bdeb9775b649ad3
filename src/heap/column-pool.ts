/**
 * Working columns, one number a node, lent to one stage of the analysis and taken back for the next. The collector
 * would free them some time later: with several of 100 MB that is the difference between fitting and not.
 */
export class ColumnPool {
  readonly #length: number;
  readonly #free: Uint32Array[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** A column with whatever its last user left in it. */
  take(): Uint32Array {
    return this.#free.pop() ?? new Uint32Array(this.#length);
  }

  /** A column of zeros. */
  takeZeroed(): Uint32Array {
    const column = this.#free.pop();
    return column === undefined ? new Uint32Array(this.#length) : column.fill(0);
  }

  /** Takes a column back, or as many as can be cut out of something longer. */
  give(...columns: readonly Uint32Array[]): void {
    for (const column of columns) {
      for (let end = this.#length; end <= column.length; end += this.#length) {
        this.#free.push(column.subarray(end - this.#length, end));
      }
    }
  }
}
