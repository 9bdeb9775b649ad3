import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { attributeSpans } from '../../src/model/cause-attribution.ts';
import type { Span, SpanAttribution } from '../../src/model/cause-attribution.ts';
import { formatFrame, OWN_FRAME } from '../../src/model/code-frame.ts';
import { nodeBinary } from '../node-versions.ts';
import { profileService } from './profiled-service.ts';

const SERVICES = join(import.meta.dirname, '..', 'services');
const BLOCKS = join(SERVICES, 'blocks-in-every-way.cjs');
const TYPESCRIPT = join(SERVICES, 'blocks-in-typescript.ts');

/** By request: the cause, the culprit, and the function that it called (null where none has to show). */
const EXPECTED: Readonly<Record<string, readonly [cause: string, culprit: string, called: string | null]>> = {
  firstLine: ['cpu', 'computeOnFirstLine', null],
  inlined: ['cpu', 'mixDigits', null],
  sortCatalogue: ['cpu', 'sortCatalogue', null],
  parseCatalogue: ['json', 'parseCatalogue', null],
  writeCatalogue: ['json', 'writeCatalogue', null],
  validate: ['regexp', 'validate', null],
  derivePassword: ['sync-crypto', 'derivePassword', 'pbkdf2Sync'],
  hashNoise: ['sync-crypto', 'hashNoise', 'update'],
  readBigFile: ['sync-fs', 'readBigFile', 'readFileSync'],
  compress: ['sync-zlib', 'compress', 'syncBufferWrapper'],
  shellOut: ['sync-child-process', 'shellOut', 'execSync'],
  loadModules: ['module-load', 'loadModules', 'require'],
  collectGarbage: ['gc', 'collectGarbage', null],
  waitForWorker: ['native', 'waitForWorker', null],
  countRows: ['sync-database', 'countRows', 'all'],
};

/** node:sqlite came with Node 22. */
const WITHOUT_SQLITE = Object.keys(EXPECTED).filter((way) => way !== 'countRows');

/** `json parseCatalogue blocks-in-every-way.cjs:50`. */
function told({ frame, cause }: SpanAttribution): string {
  return `${cause} ${frame?.function} ${frame?.file === BLOCKS ? '' : frame?.file}:${frame?.line}`;
}

/** The line on which the service under test defines a function. */
async function lineOf(name: string): Promise<number> {
  const lines = (await readFile(BLOCKS, 'utf8')).split('\n');
  return lines.findIndex((line) => new RegExp(`^(?: {2}|.*function )${name}\\(`).test(line)) + 1;
}

describe.each([
  { major: 20, flags: [], ways: WITHOUT_SQLITE },
  { major: 24, flags: ['--no-warnings'], ways: Object.keys(EXPECTED) },
])('on Node $major', ({ major, flags, ways }) => {
  // Whom collections are charged to rests on a handful of samples: of one run in some, the caller has the most.
  it('names function, file, line and cause of everything that blocks', { retry: 2 }, async () => {
    const service = await profileService([...flags, BLOCKS], { executable: await nodeBinary(major) });
    const spans = new Map<string, Span>();
    for (const way of ways) spans.set(way, await service.request(way));
    await service.leave();

    for (const way of ways) {
      const [cause, culprit, called] = EXPECTED[way] as (typeof EXPECTED)[string];
      const [strongest] = attributeSpans(service.profiles(), [spans.get(way) as Span]);
      if (strongest === undefined) throw new Error(`nothing was seen of ${way}`);
      expect(told(strongest)).toBe(`${cause} ${culprit} :${await lineOf(culprit)}`);
      expect(strongest.share).toBeGreaterThan(0.7);
      if (called !== null) expect(strongest.via.map((frame) => frame.function)).toContain(called);
    }
  });
});

it('joins the windows without a gap or an overlap, and tells its own pauses', async () => {
  const service = await profileService([BLOCKS]);
  const span = await service.request('derivePassword');
  service.collector.cut(span);
  await vi.waitUntil(() => service.profiles().length === 1, { timeout: 10_000 });
  await service.request('inlined');
  await service.leave();

  const [first, second] = service.profiles();
  expect(first?.endMs).toBeGreaterThan(span.endMs);
  expect(second?.startMs).toBe(first?.endMs);
  expect(Math.min(...(second?.sampleTimesMs ?? []))).toBeGreaterThan(first?.endMs ?? Infinity);
  const costs = service.events.filter((event) => event.kind === 'own-cost');
  const pauses = costs.filter(({ what }) => what.includes('profile'));
  expect(pauses.map(({ what }) => what)).toEqual([
    'start of the CPU profile',
    'change of the CPU profile',
    'change of the CPU profile',
  ]);
  expect(pauses.every(({ mainThreadMs }) => mainThreadMs > 0)).toBe(true);
  expect(first?.frames).toContainEqual(OWN_FRAME);
  expect(first?.frames.filter(({ file }) => file.startsWith('loopscope:'))).toEqual([]);
});

it('starts while JavaScript blocks the loop, and names what V8 had optimised before', async () => {
  const service = await profileService([BLOCKS], { blockedIn: 'spin' });
  const blocked = { startMs: 0, endMs: Infinity };
  const strongest = (): SpanAttribution | undefined =>
    attributeSpans(service.profiles().slice(-1), [blocked])[0];
  service.collector.cut(blocked);
  await vi.waitUntil(() => strongest()?.certainty === 'exact', { timeout: 20_000 });
  await service.collector.stop();
  await service.target.kill();

  const named = strongest();
  expect(named && told(named)).toBe(`cpu spin :${await lineOf('spin')}`);
});

it('finds loops that V8 had optimised before it came', async () => {
  const service = await profileService([BLOCKS], { warmedUpBy: 'inlined' });
  const spans = [await service.request('inlined'), await service.request('inlined')];
  await service.leave();

  const [strongest] = attributeSpans(service.profiles(), spans);
  expect(strongest && told(strongest)).toBe(`cpu mixDigits :${await lineOf('mixDigits')}`);
  expect(strongest?.certainty).toBe('exact');
});

it('says that it may be a callee where Node 24 has inlined it without a place to answer at', async () => {
  const executable = await nodeBinary(24);
  const service = await profileService([BLOCKS], { executable, warmedUpBy: 'inlined' });
  const span = await service.request('inlined');
  await service.leave();

  const [strongest] = attributeSpans(service.profiles(), [span]);
  const inlined = `cpu inlined :${await lineOf('inlined')}`;
  expect([inlined, `cpu mixDigits :${await lineOf('mixDigits')}`]).toContain(strongest && told(strongest));
  expect(strongest?.certainty).toBe(strongest && told(strongest) === inlined ? 'caller' : 'exact');
});

it('leaves the profiles of another loopscope alone', async () => {
  const service = await profileService([BLOCKS]);
  const before = service.profiles().length;
  const foreign = await service.attachment.session.evaluate(
    'console.profile("loopscope:other:0"); console.profileEnd("loopscope:other:0")',
  );
  expect(foreign.ok).toBe(true);
  await service.request('derivePassword');
  expect(service.profiles()).toHaveLength(before);
  await service.leave();
});

describe('a compiled TypeScript service', () => {
  it.each([
    { name: 'tsc with maps beside the scripts', compile: compileWithTsc },
    { name: 'a minified bundle with its map inline', compile: bundle },
  ])('is told by its .ts lines: $name', async ({ compile }) => {
    const folder = await mkdtemp(join(tmpdir(), 'loopscope-compiled-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const service = await profileService([await compile(folder)]);
    const span = await service.request('');
    await service.leave();

    const [strongest] = attributeSpans(service.profiles(), [span]);
    expect(strongest?.cause).toBe('cpu');
    expect(strongest?.stack.slice(0, 1).map(formatFrame)).toEqual([`scoreOrders ${TYPESCRIPT}:12`]);
  });
});

async function compileWithTsc(folder: string): Promise<string> {
  const tsc = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsc');
  const flags = [
    '--ignoreConfig',
    '--module',
    'commonjs',
    '--target',
    'es2022',
    '--types',
    'node',
    '--sourceMap',
  ];
  await promisify(execFile)(tsc, [...flags, '--outDir', folder, TYPESCRIPT]);
  return join(folder, 'blocks-in-typescript.js');
}

async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, 'service.mjs');
  await build({
    entryPoints: [TYPESCRIPT],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    minify: true,
    sourcemap: 'inline',
  });
  return outfile;
}
