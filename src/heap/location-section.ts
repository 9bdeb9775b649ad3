/** The `locations` of a snapshot while they stream by: how many there are is not known before. */
import { cursor, NumberSection, readNumber, SHORT_NUMBER_BYTES, skipSeparators } from './number-reader.ts';
import { sharedColumn } from './shared-column.ts';
import type { LocationColumns } from './snapshot-columns.ts';
import type { SnapshotLayout } from './snapshot-layout.ts';

export class LocationSection {
  readonly #layout: SnapshotLayout;
  readonly #section: NumberSection;
  readonly #fieldCount: number;
  /** The records as they came, field by field. */
  #values = new Uint32Array(1 << 14);
  #length = 0;

  constructor(layout: SnapshotLayout) {
    this.#layout = layout;
    this.#fieldCount = layout.locationFields?.count ?? 1;
    this.#section = new NumberSection(this.#fieldCount);
  }

  /** Reads from the cursor on, until the section is closed, broken, or the bytes end. */
  read(bytes: Uint8Array, end: number): 'closed' | 'starved' | 'broken' {
    for (;;) {
      if (!this.#section.inRecord) {
        this.#readWhole(bytes, end);
        this.#section.takeOver();
      }
      const outcome = this.#section.read(bytes, end);
      if (outcome !== 'record') return outcome;
      this.#reserve(this.#fieldCount);
      this.#values.set(this.#section.record, this.#length);
      this.#length += this.#fieldCount;
    }
  }

  finish(): LocationColumns {
    const fields = this.#layout.locationFields;
    return {
      nodes: this.#column(fields?.object ?? 0, this.#layout.nodeFieldCount),
      scripts: this.#column(fields?.script ?? 0),
      lines: this.#column(fields?.line ?? 0),
      columns: this.#column(fields?.column ?? 0),
    };
  }

  #column(offset: number, divisor = 1): Uint32Array {
    const values = sharedColumn(Math.floor(this.#length / this.#fieldCount));
    for (let index = 0; index < values.length; index++) {
      values[index] = this.#values[index * this.#fieldCount + offset]! / divisor;
    }
    return values;
  }

  #readWhole(bytes: Uint8Array, end: number): void {
    const fieldCount = this.#fieldCount;
    const safeEnd = end - (fieldCount + 1) * SHORT_NUMBER_BYTES;
    this.#reserve((end - cursor.position) >> 1);
    const values = this.#values;
    let length = this.#length;
    while (cursor.position < safeEnd) {
      const start = cursor.position;
      skipSeparators(bytes);
      let usual = 0;
      for (let field = 0; field < fieldCount; field++) {
        const value = readNumber(bytes);
        values[length + field] = value;
        usual |= value;
      }
      if (usual < 0 || cursor.position > end) {
        cursor.position = start;
        break;
      }
      length += fieldCount;
    }
    this.#length = length;
  }

  #reserve(more: number): void {
    if (this.#length + more + this.#fieldCount <= this.#values.length) return;
    const larger = new Uint32Array(Math.max(this.#values.length * 2, this.#length + more + this.#fieldCount));
    larger.set(this.#values);
    this.#values = larger;
  }
}
