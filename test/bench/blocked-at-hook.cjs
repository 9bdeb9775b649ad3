// blocked-at as its documentation has it put into a service, from outside of the service's file.
const { join } = require('node:path');

const peers = join(__dirname, '../../node_modules/.cache/bench-peers/node_modules');
require(join(peers, 'blocked-at'))((ms, stack) => console.log(`blocked for ${ms} ms: ${stack.join(' | ')}`));
process.once('SIGINT', () => process.exit());
