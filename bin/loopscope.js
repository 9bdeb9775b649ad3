#!/usr/bin/env node
void import('../dist/main.mjs').then((program) => program.main(process.argv.slice(2)));
