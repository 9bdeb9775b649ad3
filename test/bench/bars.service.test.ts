/**
 * The bars of the benches, as a guard: ratios only, and twice as wide or more, so that a busy machine passes and a bar
 * that is clearly missed does not. `npm run bench` holds them to their real width.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { GrowthClaim, OverheadClaim, StartClaim } from './claims-table.ts';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '..', '..');
const LONGEST_BENCH_MS = 150_000;

/** What a bench prints with `--json`, whether or not it found its own bars missed. */
async function figuresOf<T>(bench: string, ...args: readonly string[]): Promise<T> {
  const bounds = { timeout: LONGEST_BENCH_MS, maxBuffer: 1 << 24, cwd: REPOSITORY };
  const script = join(import.meta.dirname, bench);
  const ended = await run(process.execPath, [script, ...args, '--json'], bounds).catch(
    (fault: { readonly stdout?: string }) => fault,
  );
  return JSON.parse(ended.stdout?.trim().split('\n').at(-1) ?? '') as T;
}

describe('a bar is not clearly missed by', { timeout: LONGEST_BENCH_MS }, () => {
  it('what a request costs a service with many routes, and a diagnosis with many functions', async () => {
    const { growths } = await figuresOf<GrowthClaim>('growth.mjs', '--only', 'routes,functions');
    expect(growths.map(({ name }) => name)).toEqual(['routes', 'functions']);
    for (const { name, exponent } of growths) expect(exponent, name).toBeLessThan(1.5);
  });

  it('the start of the program, by the start of an empty one', async () => {
    const { rows } = await figuresOf<StartClaim>('start.mjs', '--runs', '5');
    const bars = rows.filter(({ bar }) => bar !== null);
    expect(bars.length).toBeGreaterThan(0);
    for (const { name, ratio, bar } of bars) expect(ratio, name).toBeLessThan(2 * (bar ?? 0));
  });

  it('the CPU time of a request while loopscope is attached', async () => {
    const major = process.versions.node.split('.')[0] ?? '';
    const options = ['--node', major, '--service', 'hello', '--rounds', '3'];
    const { rows } = await figuresOf<OverheadClaim>('overhead.mjs', ...options);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.ratio.median).toBeLessThan(1.5);
  });

  it('the size of the package, which depends on nothing', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: REPOSITORY,
    });
    const [packed] = JSON.parse(stdout) as { readonly unpackedSize: number }[];
    expect(packed?.unpackedSize).toBeLessThan(12_000_000);
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    expect(manifest).not.toHaveProperty('dependencies');
  });
});
