import { defineConfig } from 'vitest/config';

/** The long runs that `npm test` leaves out: every service of the catalogue, one at a time. */
export default defineConfig({
  test: {
    include: ['test/**/*.matrix.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
