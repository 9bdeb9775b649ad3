#!/usr/bin/env node
void import('../dist/start.mjs').then((program) => program.start(process.argv.slice(2)));
