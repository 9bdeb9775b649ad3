import { expect, it } from 'vitest';
import { parseStack } from '../../src/collectors/blocked-stack.ts';

it.each([
  [
    'at derive (/srv/app/auth.js:12:26)',
    { functionName: 'derive', url: '/srv/app/auth.js', line: 12, column: 26 },
  ],
  ['at /srv/my app/a (1).js:3:4', { functionName: '', url: '/srv/my app/a (1).js', line: 3, column: 4 }],
  [
    'at file:///srv/app/main.mjs:3:4',
    { functionName: '', url: 'file:///srv/app/main.mjs', line: 3, column: 4 },
  ],
  ['at RegExp.test (<anonymous>)', { functionName: 'RegExp.test', url: '', line: 0, column: 0 }],
  ['at Array.map (native)', { functionName: 'Array.map', url: '', line: 0, column: 0 }],
  ['at Server.<anonymous> (/srv/a.js:1:2)', { functionName: '', url: '/srv/a.js', line: 1, column: 2 }],
  [
    'at Object.<anonymous> (/srv/a.js:9:1)',
    { functionName: '(module)', url: '/srv/a.js', line: 9, column: 1 },
  ],
  [
    'at Auth.derive [as onTick] (/srv/a.js:1:2)',
    { functionName: 'Auth.derive [as onTick]', url: '/srv/a.js', line: 1, column: 2 },
  ],
  [
    'at new Catalogue (/srv/a.js:1:2)',
    { functionName: 'new Catalogue', url: '/srv/a.js', line: 1, column: 2 },
  ],
  [
    'at run (eval at build (/srv/app/template.js:3:9), <anonymous>:1:7)',
    { functionName: 'run', url: '', line: 1, column: 7 },
  ],
])('%s', (line, place) => {
  expect(parseStack(`    ${line}`)).toEqual([place]);
});

it('frames that wait and lines that are no frames are left out', () => {
  const text = [
    'Error: at home (x:1:1)',
    '    at async handler (/srv/a.js:1:2)',
    '    at async /srv/a.js:1:2',
    '',
    'at',
  ];
  expect(parseStack(text.join('\n'))).toEqual([]);
});
