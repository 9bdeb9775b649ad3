/** Each route blocks the loop for about 1.5 s in its own way; `pausesBriefly` does so for 20 ms, which is nothing. */
const { execFileSync, spawn } = require('node:child_process');
const { pbkdf2Sync } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const FOR_MS = 1500;
const scratch = mkdtempSync(join(tmpdir(), 'loopscope-fifo-'));
const fifo = join(scratch, 'fifo');
execFileSync('mkfifo', [fifo]);
const document = { rows: Array.from({ length: 20_000 }, (_, id) => ({ id, name: `row ${id}` })) };
const documents = Array.from({ length: 100 }, () => document);

const blocks = {
  computes() {
    let x = 0;
    for (const until = Date.now() + FOR_MS; Date.now() < until;) x = (x * 31 + 7) % 1_000_003;
    return x;
  },
  matchesBadly() {
    return /^(a+)+$/.test(`${'a'.repeat(26)}!`);
  },
  stringifies() {
    return JSON.stringify(documents).length;
  },
  waitsOnAtomics() {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FOR_MS);
  },
  derivesKey() {
    return pbkdf2Sync('password', 'salt', 4_000_000, 64, 'sha512');
  },
  waitsForChild() {
    return execFileSync('sleep', ['1.5']);
  },
  readsFifo() {
    spawn('sh', ['-c', `sleep 1.5; echo done > ${fifo}`], { stdio: 'ignore' });
    return readFileSync(fifo);
  },
  pausesBriefly() {
    for (const until = Date.now() + 20; Date.now() < until;);
  },
};

const server = createServer((request, response) => {
  blocks[request.url.slice(1)]();
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
