import { expect, it } from 'vitest';
import { enclosingFunction, parseFunctions } from '../../src/collectors/source-functions.ts';

const SOURCE = `#!/usr/bin/env node
export function declared(a) {}
const arrow = async (x) => x;
const object = { method() {}, property: function () {}, get size() { return 1; } };
class Vault { #open() {} static load = () => {}; }
object.assigned = function () {};
list.map((x) => x * 2);
`;

it('functions have the name and the position that V8 gives them', () => {
  const functions = parseFunctions(SOURCE)?.functions ?? [];
  expect(functions.map(({ name, line, column }) => `${name} ${line}:${column}`)).toEqual([
    'declared 2:25',
    'arrow 3:15',
    'method 4:24',
    'property 4:50',
    'size 4:65',
    'open 5:20',
    'load 5:40',
    'assigned 6:28',
    ' 7:10',
  ]);
});

it('CommonJS with a top-level return is read, TypeScript is not', () => {
  expect(parseFunctions('with (a) { b(); }\nreturn;')?.functions).toEqual([]);
  expect(parseFunctions('const a: string = b;')).toBeNull();
});

it('a place inside a callback knows the named function around it', () => {
  const script = parseFunctions(
    'function outer(list) {\n  return list.map((x) => x * 2);\n}\nlist.map((y) => y);\n',
  );
  if (script === null) throw new Error('not parsed');
  expect(enclosingFunction(script, 2, 19)).toBe('outer');
  expect(enclosingFunction(script, 4, 10)).toBeNull();
  expect(enclosingFunction(script, 99, 1)).toBeNull();
});
