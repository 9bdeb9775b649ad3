/** What to do about a cause of a blocked loop. Names the well-kept tool, and the first step before the second. */
import type { LoopCause } from '../model/finding.ts';
import type { CodeFrame } from '../model/timeline-event.ts';

const WORKER_THREAD = 'move the work to a worker-thread pool such as piscina';

export const LOOP_REMEDIES: Readonly<Record<LoopCause | 'unknown', readonly string[]>> = {
  cpu: [
    WORKER_THREAD,
    'if nobody waits for the result, hand it to a job queue such as BullMQ that runs in another process',
    'if it must stay, cut it into pieces and yield between them (await scheduler.yield() or setImmediate)',
  ],
  json: [
    'make the payload smaller: page it, or select only the fields that are needed',
    'stream it: JSONStream or stream-json to read, json-stream-stringify with stream.pipeline to write',
    'for a known shape use a compiled serialiser such as fast-json-stringify; for the rest a pool such as piscina',
    'limit what is accepted: express.json({ limit }), bodyLimit of Fastify',
  ],
  regexp: [
    'rewrite the expression without nested or overlapping repetition, or bound the length of the input first',
    'use re2, which runs in linear time, for input from outside',
    'check expressions in CI with recheck or eslint-plugin-regexp',
  ],
  'sync-crypto': [
    'use the asynchronous form (crypto.pbkdf2, crypto.scrypt, bcrypt.hash, argon2.hash): it runs on the libuv pool',
    'size UV_THREADPOOL_SIZE for the rate of logins, or use a worker-thread pool such as piscina',
  ],
  'sync-fs': [
    'use fs.promises or a stream (fs.createReadStream with stream.pipeline)',
    'read what does not change once at start, and keep it in memory',
  ],
  'sync-zlib': [
    'use the asynchronous zlib functions or zlib.createGzip() with stream.pipeline: they run on the libuv pool',
    'compress in the reverse proxy, or keep the compressed form of what does not change',
  ],
  'sync-child-process': [
    'use child_process.spawn or execFile (asynchronous), or execa; bound how many run at once with p-limit',
    'hand long commands to a job queue such as BullMQ',
  ],
  'sync-database': [
    'add the missing index or a LIMIT, so that the statement is short',
    'run the synchronous driver in a worker-thread pool such as piscina, or use an asynchronous driver',
  ],
  'module-load': [
    'load the module at start, at the top level of the file, not inside a request handler',
    'bundle the service (esbuild) or set module.enableCompileCache() to make loading quicker',
  ],
  gc: [
    'allocate less where the culprit says: reuse buffers, page or stream large results',
    'if the live set is large, keep it outside of the process (Redis) or bound the cache (lru-cache with max)',
    'give the young generation room with --max-semi-space-size',
  ],
  native: [
    'use the asynchronous form of the call',
    'if there is none, call it from a worker-thread pool such as piscina',
  ],
  unknown: ['let the profile arrive: it names the function as soon as the call returns'],
};

interface CalleeRemedies {
  readonly causes: readonly LoopCause[];
  readonly isCalled: (frame: CodeFrame) => boolean;
  readonly remedies: readonly string[];
}

/** Also with `await` they compute on the loop. */
const SCRIPTED_CRYPTO = /^(?:bcryptjs|crypto-js|node-forge|tweetnacl|scrypt-js|elliptic|@noble\/.*)$/;
const inFile =
  (pattern: RegExp) =>
  ({ file }: CodeFrame): boolean =>
    pattern.test(file);

/** What helps only where one library or one of Node's modules was called. */
const CALLEE_REMEDIES: readonly CalleeRemedies[] = [
  {
    causes: ['sync-crypto', 'cpu'],
    isCalled: (frame) => SCRIPTED_CRYPTO.test(frame.package ?? ''),
    remedies: [
      'it computes in JavaScript, so its asynchronous form holds the loop, too: use crypto.scrypt, or the packages bcrypt or argon2, which compute on the libuv pool',
      WORKER_THREAD,
    ],
  },
  {
    causes: ['sync-crypto'],
    isCalled: inFile(/^node:internal\/crypto\/hash$/),
    remedies: [
      'hash in pieces as the data streams by (stream.pipeline into crypto.createHash), and keep the hash of what does not change',
      'use crypto.subtle.digest, which runs on the libuv pool, or a worker-thread pool such as piscina',
    ],
  },
  {
    causes: ['sync-crypto'],
    isCalled: inFile(/^node:internal\/crypto\/keygen$/),
    remedies: [
      'use crypto.generateKeyPair (asynchronous): it runs on the libuv pool',
      'make keys in advance, or elliptic ones (ed25519), which take a fraction of a millisecond',
    ],
  },
  {
    causes: ['sync-crypto'],
    isCalled: inFile(/^node:internal\/crypto\/random$/),
    remedies: [
      'use the form with a callback (asynchronous): it runs on the libuv pool',
      'ask for less at a time',
    ],
  },
  {
    causes: ['native'],
    isCalled: inFile(/^node:internal\/worker$/),
    remedies: ['keep a pool of worker threads instead of starting one for each task: piscina or tinypool'],
  },
];

/** For a cause and what the culprit called: the more special advice where there is some. */
export function loopRemedies(cause: LoopCause, callees: readonly CodeFrame[]): readonly string[] {
  const special = CALLEE_REMEDIES.find(
    ({ causes, isCalled }) => causes.includes(cause) && callees.some(isCalled),
  );
  return special?.remedies ?? LOOP_REMEDIES[cause];
}
