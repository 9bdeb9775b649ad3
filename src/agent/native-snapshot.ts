/** Heap snapshots without an inspector: by `heapdump` if the service has it installed, else by Node itself. */
import { createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { getHeapSnapshot } from 'node:v8';
import { findTool } from './native-tools.ts';

interface HeapdumpPackage {
  /** Writes synchronously; false when it could not. */
  writeSnapshot(path: string): string | false;
}

/** Takes a snapshot now; the service stands still meanwhile. The text can be read from what is given. */
export function openHeapSnapshot(packagePlaces: readonly string[]): Readable {
  const found = findTool('heapdump', packagePlaces);
  return (found === null ? null : dumpToFile(found.path)) ?? getHeapSnapshot();
}

/** Null when the package was compiled for another Node or there is no place for the file. */
function dumpToFile(packagePath: string): Readable | null {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'loopscope-'));
    try {
      const path = join(folder, 'dump.heapsnapshot');
      if (loadHeapdump(packagePath).writeSnapshot(path) === false) return null;
      // Opened before its name goes: nothing is left, whatever becomes of us.
      return createReadStream(path, { fd: openSync(path, 'r') });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return null;
  }
}

/** Unless it is told not to, the package installs a handler of SIGUSR2 in the service. */
function loadHeapdump(packagePath: string): HeapdumpPackage {
  const before = process.env['NODE_HEAPDUMP_OPTIONS'];
  process.env['NODE_HEAPDUMP_OPTIONS'] = 'nosignal';
  try {
    return createRequire(packagePath)(packagePath) as HeapdumpPackage;
  } finally {
    if (before === undefined) delete process.env['NODE_HEAPDUMP_OPTIONS'];
    else process.env['NODE_HEAPDUMP_OPTIONS'] = before;
  }
}
