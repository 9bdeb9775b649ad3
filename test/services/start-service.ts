/** Starts a service of the catalogue as a real process, and knows the load that shows its fault. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { loadPlan, loadTarget, type LoadPlan } from '../../src/load/load-plan.ts';
import { nodeBinary } from '../node-versions.ts';
import { startTarget, type TargetProcess } from '../support/target-process.ts';
import type { ServiceUnderTest } from './catalogue.ts';

export interface RunningService extends TargetProcess {
  readonly port: number;
  /** The service's load for so long; `light` is a tenth of it, at which a fault may not show yet. */
  plan(durationMs: number, strength?: 'full' | 'light'): LoadPlan;
}

export interface StartOptions {
  /** Starts the healthy twin: the same service with its fault mended. */
  readonly mended?: boolean;
  /** Major version of Node; default is the one that runs the tests, or what the service needs. */
  readonly node?: number;
  /** Where the database is, from `startPostgres`, for a service that needs one. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves when the service listens; it is killed when the test has finished, whatever it does then. */
export async function startService(
  service: ServiceUnderTest,
  options: StartOptions = {},
): Promise<RunningService> {
  const major = options.node ?? service.node;
  const target = await startTarget([...(service.flags ?? []), await programOf(service)], {
    executable: major === undefined ? process.execPath : await nodeBinary(major),
    env: { ...service.env, ...options.env, ...(options.mended === true ? { MENDED: '1' } : {}) },
    ready: READY,
  });
  const port = Number((await target.printed(READY))[1]);
  const plan = (durationMs: number, strength: 'full' | 'light' = 'full'): LoadPlan => {
    const perSecond = service.load.perSecond * (strength === 'light' ? LIGHT : 1);
    const targets = service.load.requests.map(([method, path, weight]) =>
      loadTarget(`http://127.0.0.1:${port}${path}`, { method, weight }),
    );
    return loadPlan({ kind: 'rate', perSecond }, targets, { durationMs });
  };
  return { ...target, port, plan };
}

const READY = /^ready (\d+)$/m;
const LIGHT = 0.1;

/** The file to run: the source itself, or what esbuild compiles a TypeScript source to, source map beside it. */
async function programOf({ file, compiled }: ServiceUnderTest): Promise<string> {
  const source = join(import.meta.dirname, file);
  if (compiled === undefined) return source;
  const program = join(import.meta.dirname, '.out', `${file.replace(/\.ts$/, '')}.${compiled}.mjs`);
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    minify: compiled === 'minified',
  });
  return program;
}
