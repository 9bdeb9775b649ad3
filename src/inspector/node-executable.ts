/**
 * Proof that a process is Node, from the files it runs: nothing is executed and nothing is sent. A signal that is
 * harmless to Node ends most other programs, so this comes before any signal.
 */
import { readFileSync, statSync } from 'node:fs';
import { withElfFile } from './elf-file.ts';
import { linkOf } from './process-record.ts';

/** `node::Start(int, char**)`: exported by every Node, and by `libnode.so` where distributions split it off. */
const NODE_START = '_ZN4node5StartEiPPc';
/** The root of libuv's tree of watched signals. */
const SIGNAL_TREE = 'uv__signal_tree';
/** Every release of nodejs.org carries the addresses of its own sources and headers. */
const RELEASE = /nodejs\.org\/download\/[a-z-]+\/(v\d+\.\d+\.\d+[\w.-]*)\//;

export interface NodeExecutable {
  /** `v22.12.0`, or null for a build that does not say (distributions' own). */
  readonly version: string | null;
  /** Where in the process the root of libuv's signal tree lies; null when the symbols were stripped. */
  readonly signalTree: {
    readonly path: string;
    readonly address: bigint;
    readonly relocatable: boolean;
  } | null;
}

/** What one file contributes: looked at once, because a Node binary holds 100 MB. */
interface FileFacts {
  readonly startsNode: boolean;
  readonly version: string | null;
  readonly signalTree: { readonly address: bigint; readonly relocatable: boolean } | null;
}

const factsByFile = new Map<string, FileFacts>();

/** Null when the process is not Node, or when its executable cannot be read. */
export function nodeExecutableOf(pid: number): NodeExecutable | null {
  const executable = linkOf(pid, 'exe');
  if (executable === null) return null;
  // `/proc/PID/exe` opens the file that runs, also after an update replaced it on disk.
  const files = [{ path: executable, openAt: `/proc/${pid}/exe` }];
  const main = factsAbout(files[0]?.openAt ?? '');
  if (main?.startsNode !== true || main.signalTree === null) {
    for (const path of mappedLibraries(pid)) files.push({ path, openAt: `/proc/${pid}/root${path}` });
  }
  const facts = files.map((file) => ({ path: file.path, facts: factsAbout(file.openAt) }));
  if (!facts.some((file) => file.facts?.startsNode === true)) return null;
  const holder = facts.find((file) => file.facts?.signalTree !== null && file.facts !== null);
  return {
    version: facts.find((file) => file.facts?.version)?.facts?.version ?? null,
    signalTree: holder?.facts?.signalTree ? { path: holder.path, ...holder.facts.signalTree } : null,
  };
}

/** The libraries that distributions split Node into, as the process has them mapped. */
function mappedLibraries(pid: number): readonly string[] {
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
    return [...new Set(maps.match(/\/\S*\/lib(?:node|uv)\.so[.\d]*$/gm))];
  } catch {
    return [];
  }
}

function factsAbout(openAt: string): FileFacts | null {
  try {
    const { dev, ino, mtimeMs, size } = statSync(openAt);
    const key = [dev, ino, mtimeMs, size].join(':');
    const known = factsByFile.get(key);
    if (known !== undefined) return known;
    const facts = withElfFile(openAt, (file): FileFacts => {
      const startsNode = file.exportedSymbol(NODE_START) !== null;
      // Most processes of a machine are not Node, and the full table of symbols is large.
      const isLibuv = !startsNode && /libuv\.so/.test(openAt);
      const tree = startsNode || isLibuv ? file.localSymbol(SIGNAL_TREE) : null;
      return {
        startsNode,
        version: startsNode ? (file.constant(RELEASE)?.[1] ?? null) : null,
        signalTree: tree === null ? null : { address: tree, relocatable: file.relocatable },
      };
    });
    if (facts !== null) factsByFile.set(key, facts);
    return facts;
  } catch {
    return null;
  }
}
