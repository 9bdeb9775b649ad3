// The declarations of the library: those that its own lead to, and no others.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const ENTRY = 'app/library.d.ts';
const PROJECT = join(import.meta.dirname, 'tsconfig.json');
const COMPILER = join('node_modules', '.bin', 'tsc');

export async function writeLibraryTypes(to) {
  const folder = await mkdtemp(join(tmpdir(), 'loopscope-types-'));
  try {
    // Faults in types are `npm run types`' to tell.
    await promisify(execFile)(COMPILER, ['-p', PROJECT, '--outDir', folder]).catch(() => {});
    const files = await declarationsFrom(folder);
    await rm(to, { recursive: true, force: true });
    for (const file of files) {
      const target = join(to, relative(folder, file));
      await cp(file, target);
      await writeFile(target, withScriptEndings(await readFile(file, 'utf8')));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function declarationsFrom(folder) {
  const found = new Set([join(folder, ENTRY)]);
  for (const file of found) {
    const text = await readFile(file, 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from |import\()'(\.[^']+)\.ts'/g)) {
      found.add(join(dirname(file), `${specifier}.d.ts`));
    }
  }
  return found;
}

/** In a package an import names the script that it stands for. */
const withScriptEndings = (text) => text.replaceAll(/((?:from |import\()'\.[^']+)\.ts'/g, "$1.js'");
