'use strict';
// Regular expressions that backtrack deeply follow each other without a call in between, so that whoever interrupts
// this service does it within one or as one begins.
const { createServer } = require('node:http');

const LETTERS = /^[a-z]+$/;
const NESTED = /^([a-z0-9])(([-.]|[_]+)?([a-z0-9]+))*(@){1}[a-z0-9]+[.]{1}[a-z]{2,3}$/;
const long = Buffer.alloc(8_000_000, 'a').toString('latin1');
const almost = `${'a'.repeat(21)}!`;

function match() {
  LETTERS.test(long);
  NESTED.test(almost);
  LETTERS.test(long);
  NESTED.test(almost);
  setImmediate(match);
}

const server = createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${server.address().port}`);
  if (process.argv[2] !== 'quiet') match();
});
