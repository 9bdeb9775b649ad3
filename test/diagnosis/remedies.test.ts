import { expect, test } from 'vitest';
import { placeOf } from '../../src/model/code-frame.ts';
import type { CodeFrame } from '../../src/model/timeline-event.ts';
import { loopRemedies } from '../../src/diagnosis/remedies.ts';

const called = (name: string, url: string): CodeFrame => ({
  function: name,
  line: 1,
  column: 1,
  ...placeOf(url),
});

test.each([
  ['sync-crypto', called('pbkdf2Sync', 'node:internal/crypto/pbkdf2'), /crypto\.pbkdf2/],
  ['sync-crypto', called('update', 'node:internal/crypto/hash'), /hash in pieces/],
  ['sync-crypto', called('generateKeyPairSync', 'node:internal/crypto/keygen'), /crypto\.generateKeyPair/],
  ['sync-crypto', called('hashSync', '/srv/node_modules/bcryptjs/index.js'), /computes in JavaScript/],
  ['native', called('Worker', 'node:internal/worker'), /pool of worker threads/],
  ['cpu', called('cloneDeep', '/srv/node_modules/lodash/lodash.js'), /piscina/],
] as const)('for %s the advice fits what was called', (cause, frame, advice) => {
  expect(loopRemedies(cause, [frame])[0]).toMatch(advice);
});
