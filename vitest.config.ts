import { defineConfig } from 'vitest/config';

/**
 * Where a machine is shared, what a real process does can be starved for seconds: in CI such a test gets a second
 * try, and the runner names each that needed it.
 */
const SECOND_TRY = process.env['CI'] === undefined ? 0 : 1;

const UNIT = {
  name: 'unit',
  include: ['test/**/*.test.{ts,tsx}'],
  exclude: ['test/**/*.{service,terminal,browser,matrix}.test.{ts,tsx}', '**/node_modules/**'],
  // Laws are tried thousands of times: a second on a machine of its own, several on one that is shared.
  testTimeout: 60_000,
};

/** Processes under test are started one after another: these tests measure event loops, and two cores are not many. */
const oneAtATime = (name: string, kind: string) => ({
  name,
  include: [`test/**/*.${kind}.test.ts`],
  fileParallelism: false,
  testTimeout: 90_000,
  hookTimeout: 90_000,
});

const REAL_PROCESSES = [
  oneAtATime('services', 'service'),
  oneAtATime('terminal', 'terminal'),
  oneAtATime('browser', 'browser'),
].map((project, i) => ({ ...project, retry: SECOND_TRY, sequence: { groupOrder: i + 1 } }));

/**
 * One project per kind of test. `unit` touches no other process; `services` attaches to real ones; `terminal`
 * runs the real program in a pseudo-terminal; `browser` opens pages in Chromium. `vitest --mode long` runs what
 * they leave out for its length: every service of the catalogue, every version of Node.
 */
export default defineConfig(({ mode }) => {
  const projects = mode === 'long' ? [oneAtATime('long', 'matrix')] : [UNIT, ...REAL_PROCESSES];
  return { test: { projects: projects.map((test) => ({ test })) } };
});
