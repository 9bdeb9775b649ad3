#!/usr/bin/env node
import('../dist/main.mjs').then((program) => program.main(process.argv.slice(2)));
