/**
 * The optional packages that the agent can make use of, looked for where the service finds its own packages. Nothing
 * is loaded by looking.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type ToolName = 'v8-profiler-next' | 'heapdump';

export const TOOL_NAMES: readonly ToolName[] = ['v8-profiler-next', 'heapdump'];

export interface FoundTool {
  /** What `require` loads. */
  readonly path: string;
  readonly version: string;
}

/** @param places folders whose packages are the service's, the likeliest first */
export function findTool(name: ToolName, places: readonly string[]): FoundTool | null {
  for (const place of places) {
    try {
      const path = createRequire(join(place, 'any.js')).resolve(name);
      return { path, version: versionOf(path) };
    } catch {
      // It is not installed there.
    }
  }
  return null;
}

function versionOf(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return String(JSON.parse(readFileSync(manifest, 'utf8')).version);
  }
  return '?';
}
