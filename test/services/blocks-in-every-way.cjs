function computeOnFirstLine(ms) {
  const until = Date.now() + ms;
  let x = 0;
  while (Date.now() < until) x += Math.sqrt(x + 1);
  return x;
}
/**
 * Each route blocks the loop in its own way for some 200 to 500 ms, and answers with when it began and ended on the
 * clock of the profiler. The expected function, file and line of each stand in the tests.
 */
const { execSync } = require('node:child_process');
const { pbkdf2Sync, createHash, randomBytes } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { gzipSync } = require('node:zlib');

const scratch = mkdtempSync(join(tmpdir(), 'loopscope-blocks-'));
const noise = randomBytes(8_000_000);
const bigFile = join(scratch, 'big.bin');
writeFileSync(bigFile, noise);
const modules = Array.from({ length: 300 }, (_, i) => join(scratch, `module-${i}.js`));
for (const file of modules)
  writeFileSync(file, `exports.table = ${JSON.stringify(Array(2000).fill('x'))};\n`);
const catalogue = Array.from({ length: 60_000 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] }));
const catalogueText = JSON.stringify(catalogue);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const live = Array.from({ length: 100_000 }, (_, i) => ({ i }));

function mixDigits(n) {
  let x = 0;
  for (let i = 0; i < n; i++) x = (x * 31 + i) % 1_000_003;
  return x;
}

const blocks = {
  firstLine: () => computeOnFirstLine(300),
  inlined() {
    let x = 0;
    const until = Date.now() + 400;
    while (Date.now() < until) {
      x += mixDigits(500);
    }
    return x;
  },
  parseCatalogue() {
    for (const until = Date.now() + 300; Date.now() < until;) {
      JSON.parse(catalogueText);
    }
  },
  writeCatalogue() {
    let length = 0;
    for (const until = Date.now() + 300; Date.now() < until;) {
      length += JSON.stringify(catalogue).length;
    }
    return length;
  },
  validate() {
    return /^(a+)+$/.test(`${'a'.repeat(25)}!`);
  },
  derivePassword() {
    return pbkdf2Sync('password', 'salt', 600_000, 64, 'sha512');
  },
  hashNoise() {
    for (const until = Date.now() + 300; Date.now() < until;) {
      createHash('sha256').update(noise).digest();
    }
  },
  readBigFile() {
    for (const until = Date.now() + 300; Date.now() < until;) {
      readFileSync(bigFile);
    }
  },
  compress() {
    return gzipSync(noise, { level: 9 });
  },
  shellOut() {
    return execSync('sleep 0.3');
  },
  sortCatalogue() {
    for (const until = Date.now() + 300; Date.now() < until;) {
      [...catalogue].sort((a, b) => ((a.id * 7919) % 600_011) - ((b.id * 7919) % 600_011));
    }
  },
  loadModules() {
    for (const file of modules) {
      delete require.cache[file];
      require(file);
    }
  },
  collectGarbage() {
    let x = 0;
    for (const until = Date.now() + 300; Date.now() < until;) {
      for (let i = 0; i < 200_000; i++) x = (x * 31 + i) % 1_000_003;
      collect();
    }
    return x;
  },
  waitForWorker() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  },
  spin() {
    for (;;);
  },
};

try {
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(':memory:');
  const sum =
    'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1500000) SELECT sum(x) FROM c';
  blocks.countRows = function countRows() {
    return database.prepare(sum).all();
  };
} catch {
  // This Node has no node:sqlite.
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

const server = createServer((request, response) => {
  const block = blocks[request.url.slice(1)];
  const startMs = now();
  block?.();
  response.end(JSON.stringify({ startMs, endMs: now(), kept: live.length }));
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
process.on('SIGTERM', () => process.exit());
