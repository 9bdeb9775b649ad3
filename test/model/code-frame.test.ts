import { expect, it } from 'vitest';
import { placeOf, plainFunctionName } from '../../src/model/code-frame.ts';

it.each([
  ['/srv/app/auth.js', '/srv/app/auth.js', 'user', null],
  ['file:///srv/my%20app/auth.mjs', '/srv/my app/auth.mjs', 'user', null],
  ['file:///C:/app/auth.js', 'C:/app/auth.js', 'user', null],
  ['/srv/app/node_modules/express/lib/router.js', undefined, 'dependency', 'express'],
  ['/srv/app/node_modules/@koa/router/dist/index.js', undefined, 'dependency', '@koa/router'],
  ['/srv/node_modules/a/node_modules/b/index.js', undefined, 'dependency', 'b'],
  ['/srv/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/lodash.js', undefined, 'dependency', 'lodash'],
  ['/srv/.yarn/cache/ajv-npm-8.1.0-1a2b.zip/node_modules/ajv/dist/ajv.js', undefined, 'dependency', 'ajv'],
  ['C:\\app\\node_modules\\@scope\\pkg\\index.js', undefined, 'dependency', '@scope/pkg'],
  ['/srv/node_modules_of_mine/a.js', undefined, 'user', null],
  ['node:internal/crypto/pbkdf2', undefined, 'node', null],
  ['', '', 'native', null],
  ['wasm://wasm/8d5a01e2', undefined, 'native', null],
  ['file://%zz', '%zz', 'user', null],
])('%s is told apart by where it lies', (url, file, origin, owner) => {
  expect(placeOf(url)).toEqual({ file: file ?? url, origin, package: owner });
});

it.each([
  ['derive', 'derive'],
  ['exports.derive', 'derive'],
  ['Auth.derive [as onTick]', 'derive'],
  ['blocks.<computed> [as derive]', 'derive'],
  ['new Catalogue', 'Catalogue'],
  ['Vault.#open', '#open'],
  ['module.exports', 'module.exports'],
  ['get size', 'get size'],
  ['(module)', '(module)'],
])('%s is called %s', (name, plain) => {
  expect(plainFunctionName(name)).toBe(plain);
});
