import { defineConfig } from 'vitest/config';

/**
 * One project per kind of test. `unit` touches no other process; `services` attaches to real ones; `terminal`
 * runs the real program in a pseudo-terminal; `browser` opens pages in Chromium. Processes under test are started
 * one after another: these tests measure event loops, and two cores are not many.
 *
 * Where a machine is shared, what a real process does can be starved for seconds: in CI such a test gets a second
 * try, and the runner names each that needed it.
 */
const SECOND_TRY = process.env['CI'] === undefined ? 0 : 1;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.{service,terminal,browser,matrix}.test.{ts,tsx}', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/**/*.service.test.ts'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          retry: SECOND_TRY,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'terminal',
          include: ['test/**/*.terminal.test.ts'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          retry: SECOND_TRY,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry: SECOND_TRY,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
