// One run of one peer in a process of its own: node heap-peer-run.mjs PEER FILE [--dump FILE]. Each does what a user
// waits for: load, dominators, retained sizes, sums by class where it has them.
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { cache } from './heap-peers.mjs';

const [peer, file, , dump] = process.argv.slice(2);
const require = createRequire(join(cache, 'package.json'));

const peers = {
  /** Chrome DevTools' heap worker, with its second thread, as the browser runs it. */
  async devtools() {
    const { HeapSnapshotLoader, NodeFilter } = await import(pathToFileURL(join(cache, 'devtools.mjs')).href);
    const loader = new HeapSnapshotLoader({ sendEvent() {} });
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 }))
      loader.write(chunk);
    loader.close();
    await loader.parsingComplete;
    const { port1, port2 } = new MessageChannel();
    const second = new Worker(join(cache, 'devtools-second-thread.mjs'));
    second.postMessage({ port: port2 }, [port2]);
    const snapshot = await loader.buildSnapshot(port1);
    const classes = snapshot.aggregatesWithFilter(new NodeFilter());
    if (!dump) return;
    const entries = Object.entries(classes).map(([key, { count, self, maxRet, distance }]) => [
      key,
      [count, self, maxRet, distance],
    ]);
    writeFileSync(dump, JSON.stringify(Object.fromEntries(entries)));
  },
  async memlab() {
    require('@memlab/core').config.muteConsole = true;
    await require('@memlab/heap-analysis').getFullHeapFromFile(file);
  },
  async 'v8-heap-parser'() {
    const parser = require('@vscode/v8-heap-parser');
    parser.init_panic_hook();
    parser.decode_bytes(readFileSync(file)).get_class_groups(0, 100_000, false);
  },
  async 'JSON.parse'() {
    JSON.parse(readFileSync(file, 'latin1'));
  },
};

const failed = await peers[peer]().then(
  () => undefined,
  (cause) => String(cause),
);
const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
console.log(JSON.stringify({ failed, peakMb: Math.round(Number(peakKb) / 1024) }));
process.exit(0);
