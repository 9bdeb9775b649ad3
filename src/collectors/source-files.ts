/** The service's source files, as the service itself sees them. */
import { open } from 'node:fs/promises';
import { createSourceCache } from './source-cache.ts';

export interface SourceFiles {
  /** Text of a file by its absolute path inside the service, or null when it is missing, unreadable or too large. */
  read(path: string): Promise<string | null>;
}

/** Larger than nearly every bundle of a service; reading and splitting it takes under 100 ms. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Characters of text kept, all files together. */
const MAX_CACHED_CHARACTERS = 32 * 1024 * 1024;

/**
 * @param root where the service's file system is found from here: `/proc/4711/root` reaches into its container;
 *   null when it is not on this machine, and then nothing can be read
 */
export function createSourceFiles(root: string | null): SourceFiles {
  const cache = createSourceCache(
    (path) => readText(`${root ?? ''}${path}`),
    (text) => text.length,
    MAX_CACHED_CHARACTERS,
  );
  return {
    read: (path) => (root === null || !path.startsWith('/') ? Promise.resolve(null) : cache.get(path)),
  };
}

/** Where to read the files of a process of this machine. Only Linux lets one look into another's file system. */
export function rootOfProcess(pid: number): string {
  return process.platform === 'linux' ? `/proc/${pid}/root` : '';
}

async function readText(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return size > MAX_FILE_BYTES ? null : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
