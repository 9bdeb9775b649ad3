import { describe, expect, it } from 'vitest';
import { createSourceFunctions } from '../../src/collectors/source-functions.ts';
import { createSourceLocator } from '../../src/collectors/source-locator.ts';
import type { SourceLocator } from '../../src/collectors/source-locator.ts';
import { createSourceMaps } from '../../src/collectors/source-maps.ts';

/** A locator over files that are given as text. */
function locatorOver(texts: Readonly<Record<string, string>>): SourceLocator {
  const files = { read: (path: string) => Promise.resolve(texts[path] ?? null) };
  return createSourceLocator(files, createSourceMaps(files, '/srv/app'), createSourceFunctions(files));
}

/** Maps line 1, column 10 of the script to line 12, column 17 of the source; names the token there if asked. */
function mapOf(source: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: 3,
    sources: [source],
    names: ['derivePassword'],
    mappings: 'SAWgBA',
    ...more,
  });
}

const SCRIPT = 'function a(p){return p}\nexport{a};\n//# sourceMappingURL=auth.js.map\n';
const place = (functionName: string, column: number) => ({
  functionName,
  url: '/srv/app/dist/auth.js',
  line: 1,
  column,
});

describe('a place in a compiled script', () => {
  it('is told by its source, with the name that the map gives to a minified function', async () => {
    const locator = locatorOver({
      '/srv/app/dist/auth.js': SCRIPT,
      '/srv/app/dist/auth.js.map': mapOf('../src/auth.ts'),
    });
    expect(await locator.locate(place('a', 11))).toEqual({
      function: 'derivePassword',
      file: '/srv/app/src/auth.ts',
      line: 12,
      column: 17,
      origin: 'user',
      package: null,
    });
  });

  it('keeps the name that V8 gives when it is not the token that the map names', async () => {
    const locator = locatorOver({
      '/srv/app/dist/auth.js': SCRIPT,
      '/srv/app/dist/auth.js.map': mapOf('../src/auth.ts'),
    });
    expect(await locator.locate(place('b', 11))).toMatchObject({ function: 'b', line: 12 });
    expect(await locator.locate(place('derive', 11))).toMatchObject({ function: 'derive', line: 12 });
  });

  it.each([
    ['../src/auth.ts', {}, '/srv/app/src/auth.ts'],
    ['src/auth.ts', { sourceRoot: '/home/build' }, '/home/build/src/auth.ts'],
    ['auth.ts', { sourceRoot: '../source/' }, '/srv/app/source/auth.ts'],
    ['webpack://shop/./src/auth.ts?a1b2', {}, '/srv/app/src/auth.ts'],
    ['file:///home/me/auth.ts', {}, '/home/me/auth.ts'],
  ])('finds the source %s', async (source, more, file) => {
    const texts = { '/srv/app/dist/auth.js': SCRIPT, '/srv/app/dist/auth.js.map': mapOf(source, more) };
    expect(await locatorOver(texts).locate(place('a', 11))).toMatchObject({ file, line: 12 });
  });

  it('reads a map that is inline', async () => {
    const inline = Buffer.from(mapOf('../src/auth.ts')).toString('base64');
    const script = SCRIPT.replace('auth.js.map', `data:application/json;charset=utf-8;base64,${inline}`);
    const locator = locatorOver({ '/srv/app/dist/auth.js': script });
    expect(await locator.locate(place('a', 11))).toMatchObject({ file: '/srv/app/src/auth.ts' });
  });

  it('belongs to the package whose source was bundled', async () => {
    const texts = {
      '/srv/app/dist/auth.js': SCRIPT,
      '/srv/app/dist/auth.js.map': mapOf('../node_modules/ajv/lib/a.js'),
    };
    expect(await locatorOver(texts).locate(place('a', 11))).toMatchObject({
      origin: 'dependency',
      package: 'ajv',
    });
  });

  it.each([
    ['missing', undefined],
    ['no JSON', '<html>404</html>'],
    ['broken inside', mapOf('../src/auth.ts', { mappings: '!!!' })],
    ['of no file', mapOf('https://example.com/auth.ts')],
    ['without that place', mapOf('../src/auth.ts', { mappings: '' })],
  ])('keeps its own position when the map is %s', async (_how, map) => {
    const texts = {
      '/srv/app/dist/auth.js': SCRIPT,
      ...(map === undefined ? {} : { '/srv/app/dist/auth.js.map': map }),
    };
    expect(await locatorOver(texts).locate(place('a', 11))).toMatchObject({
      function: 'a',
      file: '/srv/app/dist/auth.js',
      line: 1,
      column: 11,
    });
  });
});

describe('lines', () => {
  const node = { functionName: 'a', url: '/srv/app/a.js', line: 1, column: 11 };

  it('are read from the script itself, and not when they are minified', async () => {
    const locator = locatorOver({
      '/srv/app/a.js': `function a() {\n  return JSON.parse(x);\n}\n${'x'.repeat(400)}\n`,
    });
    const frame = await locator.locate(node);
    expect(await locator.locateLine(node, frame, 2)).toEqual({ line: 2, text: 'return JSON.parse(x);' });
    expect(await locator.locateLine(node, frame, 4)).toEqual({ line: 4, text: null });
    expect(await locator.locateLine(node, frame, 9)).toEqual({ line: 9, text: null });
  });

  it('of a compiled script come from the source, or from the map when the source is not there', async () => {
    const map = mapOf('../src/auth.ts', {
      sourcesContent: [`${'\n'.repeat(11)}  return JSON.parse(p) as Auth;`],
    });
    const locator = locatorOver({ '/srv/app/dist/auth.js': SCRIPT, '/srv/app/dist/auth.js.map': map });
    const frame = await locator.locate(place('a', 11));
    expect(await locator.locateLine(place('a', 11), frame, 1)).toMatchObject({
      line: 12,
      text: 'return JSON.parse(p) as Auth;',
    });
  });
});

it('strings of the service are clean, whatever it calls its functions and files', async () => {
  const hostile = { functionName: 'a\u001b[2Jb', url: '/srv/\u202eapp.js', line: 3, column: 1 };
  expect(await locatorOver({}).locate(hostile)).toMatchObject({ function: 'ab', file: '/srv/app.js' });
});

it('our own scripts, V8 itself and code without a file are told apart', async () => {
  const locate = async (functionName: string, url: string, line: number): Promise<string> => {
    const frame = await locatorOver({}).locate({ functionName, url, line, column: line });
    return `${frame.function} ${frame.origin}`;
  };
  expect(await locate('', 'loopscope:probe', 3)).toBe('(loopscope) meta');
  expect(await locate('(idle)', '', 0)).toBe('(idle) meta');
  expect(await locate('JSON.parse', '', 0)).toBe('JSON.parse native');
  expect(await locate('exports.run', 'evalmachine.<anonymous>', 2)).toBe('run user');
  expect(await locate('', '/srv/app/main.js', 1)).toBe('(module) user');
  expect(await locate('', '/srv/app/main.js', 7)).toBe('(anonymous) user');
});
