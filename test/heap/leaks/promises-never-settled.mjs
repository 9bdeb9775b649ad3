// Each request waits for a lock that is never given back.
import { serve } from './serve.mjs';

const lockReleased = new Promise(() => {});

serve(async (request) => {
  const rows = Array.from({ length: 20 }, (_, row) => `row ${request} ${row}`);
  await lockReleased;
  rows.length = 0;
});
