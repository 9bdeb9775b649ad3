/** A Node without its table of symbols, as some distributions build it: which signals libuv watches is not found. */
import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Types of ELF sections. */
const [UNUSED, SYMBOLS] = [0, 2];

/** Copies the Node that runs the tests; the path of the copy, which is gone after the test. */
export function strippedNode(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loopscope-stripped-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'node');
  copyFileSync(process.execPath, path);
  const file = openSync(path, 'r+');
  try {
    // ELF: where the section headers are, how large one is, how many; of each the type is the second word.
    const header = Buffer.alloc(64);
    readSync(file, header, 0, 64, 0);
    const [at, bytes, count] = [header.readBigUInt64LE(40), header.readUInt16LE(58), header.readUInt16LE(60)];
    const sections = Buffer.alloc(bytes * count);
    readSync(file, sections, 0, sections.length, at);
    for (let section = 0; section < sections.length; section += bytes) {
      if (sections.readUInt32LE(section + 4) === SYMBOLS) sections.writeUInt32LE(UNUSED, section + 4);
    }
    writeSync(file, sections, 0, sections.length, Number(at));
  } finally {
    closeSync(file);
  }
  return path;
}
