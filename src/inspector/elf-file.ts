/**
 * As much of an ELF file as attaching needs: where a symbol lies, and where a text stands among its constants. 64-bit
 * little-endian only, which is every Linux that Node is built for but s390x.
 *
 * Layout: System V ABI, "Object Files" (Elf64_Ehdr, Elf64_Shdr, Elf64_Sym).
 */
import { closeSync, openSync, readSync } from 'node:fs';

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const TYPE_SHARED = 3;
const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const SYMBOL_BYTES = 24;
/** Constants are read in pieces of this size: a Node binary has 45 MB of them. */
const PIECE_BYTES = 4 * 1024 * 1024;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
  readonly link: number;
}

export interface ElfFile {
  /** Addresses are relative to where the file was mapped. */
  readonly relocatable: boolean;
  /** Address of a symbol in the dynamic table (what the file exports), or null. */
  exportedSymbol(name: string): bigint | null;
  /** Address of a symbol in the full table, which a stripped file has not, or null. */
  localSymbol(name: string): bigint | null;
  /** The first match of a pattern among the read-only constants; at most 64 characters long. */
  constant(pattern: RegExp): RegExpExecArray | null;
}

/** Opens a file, hands it to `use` and closes it. Null when it is no ELF file of the kind above. */
export function withElfFile<T>(path: string, use: (file: ElfFile) => T): T | null {
  const descriptor = openSync(path, 'r');
  try {
    const file = parseElf(descriptor);
    return file === null ? null : use(file);
  } finally {
    closeSync(descriptor);
  }
}

function parseElf(descriptor: number): ElfFile | null {
  const header = readAt(descriptor, 0, 64);
  if (header.length < 64 || header.readUInt32BE(0) !== MAGIC) return null;
  if (header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN) return null;
  const sections = parseSections(descriptor, header);
  const symbol = (sectionType: number, name: string): bigint | null => {
    const table = sections.find((section) => section.type === sectionType);
    const names = table === undefined ? undefined : sections[table.link];
    return table === undefined || names === undefined ? null : findSymbol(descriptor, table, names, name);
  };
  return {
    relocatable: header.readUInt16LE(16) === TYPE_SHARED,
    exportedSymbol: (name) => symbol(SECTION_DYNAMIC_SYMBOLS, name),
    localSymbol: (name) => symbol(SECTION_SYMBOLS, name),
    constant: (pattern) => {
      const section = sections.find(({ name }) => name === '.rodata');
      return section === undefined ? null : findConstant(descriptor, section, pattern);
    },
  };
}

function parseSections(descriptor: number, header: Buffer): readonly Section[] {
  const entryBytes = header.readUInt16LE(58);
  const count = header.readUInt16LE(60);
  const namesIndex = header.readUInt16LE(62);
  const table = readAt(descriptor, Number(header.readBigUInt64LE(40)), entryBytes * count);
  const raw = Array.from({ length: Math.floor(table.length / entryBytes) }, (_, index) => {
    const at = index * entryBytes;
    return {
      nameOffset: table.readUInt32LE(at),
      type: table.readUInt32LE(at + 4),
      offset: Number(table.readBigUInt64LE(at + 24)),
      bytes: Number(table.readBigUInt64LE(at + 32)),
      link: table.readUInt32LE(at + 40),
    };
  });
  const names = raw[namesIndex];
  const text = names === undefined ? Buffer.alloc(0) : readAt(descriptor, names.offset, names.bytes);
  return raw.map((section) => Object.assign(section, { name: textAt(text, section.nameOffset) }));
}

function findSymbol(descriptor: number, table: Section, names: Section, wanted: string): bigint | null {
  const text = readAt(descriptor, names.offset, names.bytes);
  const nameOffsets = new Set<number>();
  for (let at = text.indexOf(`\0${wanted}`); at >= 0; at = text.indexOf(`\0${wanted}`, at + 1)) {
    const name = textAt(text, at + 1);
    // Link-time optimisation appends to the names of local symbols: `name.lto_priv.0`.
    if (name === wanted || name.startsWith(`${wanted}.`)) nameOffsets.add(at + 1);
  }
  if (nameOffsets.size === 0) return null;
  const symbols = readAt(descriptor, table.offset, table.bytes);
  for (let at = 0; at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    const address = symbols.readBigUInt64LE(at + 8);
    if (address !== 0n && nameOffsets.has(symbols.readUInt32LE(at))) return address;
  }
  return null;
}

function findConstant(descriptor: number, section: Section, pattern: RegExp): RegExpExecArray | null {
  const overlap = 64;
  for (let at = 0; at < section.bytes; at += PIECE_BYTES - overlap) {
    const piece = readAt(descriptor, section.offset + at, Math.min(PIECE_BYTES, section.bytes - at));
    const match = pattern.exec(piece.toString('latin1'));
    if (match !== null) return match;
  }
  return null;
}

const textAt = (text: Buffer, at: number): string => text.toString('latin1', at, text.indexOf(0, at));

function readAt(descriptor: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const read = readSync(descriptor, buffer, filled, bytes - filled, offset + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}
