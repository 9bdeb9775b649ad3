/**
 * Chrome DevTools' own parsers, from its npm package. It is large and only wanted here, so it is installed on demand
 * beside other caches, in a version that is written down.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type PluginBuild } from 'esbuild';
import type { WireProfile } from '../../src/exports/profiles/cpuprofile.ts';
import type { WireHeapProfile } from '../../src/exports/profiles/heapprofile.ts';

const VERSION = '1.0.1705227';
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/devtools-parsers');

export interface DevToolsNode {
  readonly functionName: string;
  readonly url: string;
  /** Milliseconds of a CPU profile, bytes of a heap profile. */
  readonly self: number;
  readonly total: number;
  readonly children: readonly DevToolsNode[];
}

/** As DevTools declares them, as far as the tests look at it. */
export interface DevToolsParsers {
  readonly CPUProfileDataModel: new (profile: WireProfile) => {
    readonly profileHead: DevToolsNode;
    readonly gcNode?: DevToolsNode;
    /** Calls with each frame's own milliseconds, from the samples' times. */
    forEachFrame(
      open: () => void,
      close: (depth: number, node: DevToolsNode, k: number, at: number, ms: number, selfMs: number) => void,
    ): void;
  };
  readonly SamplingHeapProfileModel: new (profile: WireHeapProfile) => {
    readonly root: DevToolsNode;
    readonly total: number;
  };
  readonly HeapSnapshotLoader: new (dispatcher: object) => {
    write(chunk: string): void;
    close(): void;
    readonly parsingComplete: Promise<void>;
  };
}

export async function devToolsParsers(): Promise<DevToolsParsers> {
  const outfile = join(CACHE, `parsers-${VERSION}.mjs`);
  if (!existsSync(outfile)) await bundle(outfile);
  return (await import(pathToFileURL(outfile).href)) as DevToolsParsers;
}

async function bundle(outfile: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'package.json'), '{"private":true}');
  if (!existsSync(join(CACHE, 'node_modules/chrome-devtools-frontend'))) {
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', [...install, `chrome-devtools-frontend@${VERSION}`], { cwd: CACHE });
  }
  const frontEnd = 'chrome-devtools-frontend/front_end';
  await build({
    stdin: {
      contents: `
        export { CPUProfileDataModel } from '${frontEnd}/models/cpu_profile/CPUProfileDataModel.ts';
        export { HeapSnapshotLoader } from '${frontEnd}/entrypoints/heap_snapshot_worker/HeapSnapshotLoader.ts';
        export { SamplingHeapProfileModel } from '${frontEnd}/panels/profiler/HeapProfileView.ts';
      `,
      resolveDir: CACHE,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    banner: {
      js: 'Promise.withResolvers ??= function () { let resolve, reject; const promise = new this((a, b) => { resolve = a; reject = b; }); return { promise, resolve, reject }; };',
    },
    plugins: [{ name: 'parsers', setup: onlyParsers }],
    logLevel: 'error',
  });
}

/** Leaves out what is drawn: of the view of heap profiles its parser, and a list of translations that is generated. */
function onlyParsers(bundler: PluginBuild): void {
  bundler.onLoad({ filter: /panels\/profiler\/HeapProfileView\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8');
    const parser = text.slice(
      text.indexOf('export class SamplingHeapProfileNode'),
      text.indexOf('export class NodeFormatter'),
    );
    const uses = `import * as CPUProfile from '../../models/cpu_profile/cpu_profile.js';`;
    return { contents: `${uses}\n${parser}`, loader: 'ts' };
  });
  bundler.onResolve({ filter: /\/locales\.js$/ }, () => ({ path: 'locales', namespace: 'empty' }));
  bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
    contents: `export const LOCALES = ['en-US'], BUNDLED_LOCALES = ['en-US'], DEFAULT_LOCALE = 'en-US',
      LOCAL_FETCH_PATTERN = '', REMOTE_FETCH_PATTERN = '';`,
  }));
}
