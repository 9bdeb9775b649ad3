// Blocks in its first, synchronous part, as services do that load much; ends with the code that it is given.
function blockFromTheFirstLine() {
  const end = Date.now() + 2500;
  while (Date.now() < end);
}
console.log(
  JSON.stringify({
    arguments: process.argv.slice(2),
    execArgv: process.execArgv,
    nodeOptions: process.env.NODE_OPTIONS,
    ours: Object.keys(process.env).filter((name) => name.startsWith('LOOPSCOPE')),
  }),
);
console.error('its own word');
blockFromTheFirstLine();
setTimeout(() => process.exit(Number(process.argv[2])), 1500);
