import { describe, expect, it } from 'vitest';
import { causeOfText } from '../../src/model/cause.ts';
import { attributeSpans } from '../../src/model/cause-attribution.ts';
import { profileFrom } from './profile-text.ts';

/** Cause and culprit of a profile of one stack. */
function blame(stack: string): string {
  const [strongest] = attributeSpans([profileFrom(`${stack} 100ms`)], [{ startMs: 0, endMs: 100 }]);
  return `${strongest?.cause} ${strongest?.frame?.function ?? 'nobody'}`;
}

const LOADER = '@node:internal/modules/cjs/loader';

describe('a stack', () => {
  it.each([
    ['handler>derive>pbkdf2Sync@node:internal/crypto/pbkdf2>run@', 'sync-crypto derive'],
    ['handler>sign>update@node:internal/crypto/hash>update@', 'sync-crypto sign'],
    ['handler>hash@/srv/node_modules/bcryptjs/dist/bcrypt.js', 'sync-crypto handler'],
    ['handler>load>readFileSync@node:fs>readSync@node:fs>read@', 'sync-fs load'],
    ['handler>tidy>rmSync@node:fs>rmSync@node:internal/fs/rimraf>unlink@', 'sync-fs tidy'],
    ['handler>pack>zlibBufferSync@node:zlib>processChunkSync@node:zlib>writeSync@', 'sync-zlib pack'],
    [
      'handler>run>execSync@node:child_process>spawnSync@node:internal/child_process>spawn@',
      'sync-child-process run',
    ],
    ['handler>rows>all@', 'sync-database rows'],
    [
      'handler>rows>transaction@/srv/node_modules/better-sqlite3/lib/methods/transaction.js>run@',
      'sync-database rows',
    ],
    ['handler>addon>crunch@', 'native addon'],
    ['handler>loop', 'cpu loop'],
    ['handler>(garbage collector)', 'gc handler'],
    ['handler>inflate@/srv/node_modules/pako/dist/pako.js', 'sync-zlib handler'],
    [
      'route@/srv/node_modules/express/lib/router.js>compute@/srv/node_modules/express/lib/x.js',
      'cpu compute',
    ],
    ['(program)', 'cpu nobody'],
  ])('%s is %s', (stack, expected) => {
    expect(blame(stack)).toBe(expected);
  });

  it('that opens a file asynchronously is not synchronous file access', () => {
    expect(blame('handler>read>readFile@node:fs>open@')).toBe('native read');
  });

  it('that loads modules inside a function blames that function', () => {
    const stack = `handler>lazy>require${LOADER}>_load${LOADER}>(module)@/srv/node_modules/x/index.js>build@/srv/node_modules/x/b.js`;
    expect(blame(stack)).toBe('module-load lazy');
    expect(blame(`${stack}>readFileSync@node:fs>read@`)).toBe('module-load lazy');
  });

  it('at the start of the program is loading only until a function of the application runs', () => {
    const start = `executeUserEntryPoint@node:internal/modules/run_main>_load${LOADER}>(module)@/srv/app/main.js`;
    expect(blame(`${start}>_load${LOADER}>wrapSafe${LOADER}>compileFunctionForCJSLoader@`)).toBe(
      'module-load (module)',
    );
    expect(blame(`${start}>warmUp`)).toBe('cpu warmUp');
  });
});

describe('a line of code', () => {
  it.each([
    ['return JSON.parse(text);', 'json'],
    ['const copy = JSON . stringify(value)', 'json'],
    ['if (/^(a+)+$/.test(input)) {', 'regexp'],
    ['if (EMAIL.test(input)) {', 'regexp'],
    ['const found = emailPattern.exec(line);', 'regexp'],
    ['const parts = line.split(/[,;]/);', 'regexp'],
    ["return text.replace(/\\s+$/g, '');", 'regexp'],
    ['return text.replace(TRAILING_RE, "");', 'regexp'],
    ['for (const [word] of text.matchAll(words)) count(word);', 'regexp'],
    ['Atomics.wait(view, 0, 0, 1000);', 'native'],
    ['for (let i = 0; i < n; i++) sum += table[i] / 2 / scale;', null],
    ['db.exec(sql);', null],
    ["const cells = row.split(',');", null],
    ["return name.replace('-', '_');", null],
    ['while (x < limit) x = x * 2 + 1;', null],
    ['total += price / quantity; // JSON.parse(x) and /a/.test(y) stand in a comment', null],
    ['const schema = MyJSON.parse(text);', null],
    ['parser.search(tree);', null],
  ])('%s says %s', (text, cause) => {
    expect(causeOfText(text)).toBe(cause);
  });

  it('decides only where most hits of the function lie', () => {
    const span = [{ startMs: 0, endMs: 100 }];
    const mostly = profileFrom('work:3{JSON.parse(text)} 60ms', 'work:5{x += 1} 40ms');
    const rarely = profileFrom('work:3{JSON.parse(text)} 40ms', 'work:5{x += 1} 60ms');
    expect(attributeSpans([mostly], span)[0]).toMatchObject({ cause: 'json', hotLine: 3 });
    expect(attributeSpans([rarely], span)[0]?.cause).toBe('cpu');
  });
});
