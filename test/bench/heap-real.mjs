// node heap-real.mjs FILE: the heap of a real program, written as a snapshot of about 220 MB: the TypeScript compiler,
// holding Node's types and its own, checked. It is one of heap-peers.mjs' packages.
import { createRequire } from 'node:module';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import v8 from 'node:v8';
import { cache } from './heap-peers.mjs';

const [, , file] = process.argv;
const ownTypes = createRequire(import.meta.url).resolve('@types/node/package.json');
const require = createRequire(join(cache, 'package.json'));
const ts = require('typescript');

const program = ts.createProgram(
  [join(ownTypes, '../index.d.ts'), require.resolve('typescript').replace(/\.js$/, '.d.ts')],
  {
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
    types: [],
  },
);
globalThis.kept = [program, program.getTypeChecker()];
for (const source of program.getSourceFiles()) program.getSemanticDiagnostics(source);

// Before Node 22 a snapshot searches the script of each constructor for line ends, all over again and again: half an
// hour with a script of nine megabytes, unless they were found before.
const session = new Session();
session.connect();
await session.post('Debugger.enable');
v8.writeHeapSnapshot(file);
console.log(JSON.stringify({ peakMb: 0 }));
process.exit(0);
