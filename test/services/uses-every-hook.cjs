// Uses whatever loopscope uses, too, and more: its own inspector session with a profile, async hooks, diagnostics
// channels, AsyncLocalStorage, a patched http. Tells on /account whether all of it is as it was made.
const { AsyncLocalStorage, createHook } = require('node:async_hooks');
const channels = require('node:diagnostics_channel');
const http = require('node:http');
const inspector = require('node:inspector');

const counts = { requests: 0, emitted: 0, started: 0, finished: 0, created: 0, lostStores: 0 };

const session = new inspector.Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');

const hook = createHook({ init: () => void counts.created++ }).enable();
const onStart = () => void counts.started++;
const onFinish = () => void counts.finished++;
channels.subscribe('http.server.request.start', onStart);
channels.subscribe('http.server.response.finish', onFinish);

const { emit } = http.Server.prototype;
http.Server.prototype.emit = function patchedEmit(name, ...details) {
  if (name === 'request') counts.emitted++;
  return Reflect.apply(emit, this, [name, ...details]);
};
const patched = { emit: http.Server.prototype.emit, request: http.request, get: http.get };
const prepareStackTrace = (error, frames) => `${error.message} of ${frames.length}`;
Error.prepareStackTrace = prepareStackTrace;

const stores = new AsyncLocalStorage();

function account() {
  return {
    patchesInPlace: Object.keys(patched).every((name) =>
      name === 'emit' ? http.Server.prototype.emit === patched.emit : http[name] === patched[name],
    ),
    stackTracesInPlace: Error.prepareStackTrace === prepareStackTrace && Error.stackTraceLimit === 10,
    subscribed: ['http.server.request.start', 'http.server.response.finish'].map((name) =>
      channels.hasSubscribers(name),
    ),
    seenByAll: counts.emitted === counts.requests && counts.started === counts.requests,
    hookRuns: counts.created > 0,
    lostStores: counts.lostStores,
    inspector: inspector.url() ?? null,
    globals: Reflect.ownKeys(globalThis).map(String),
  };
}

http
  .createServer((request, response) => {
    const id = ++counts.requests;
    if (request.url === '/account') return response.end(JSON.stringify(account()));
    if (request.url === '/profile') {
      return session.post('Profiler.stop', (error, answer) => {
        hook.disable();
        response.end(JSON.stringify({ error, samples: answer?.profile.samples.length }));
      });
    }
    stores.run(id, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (stores.getStore() !== id) counts.lostStores++;
      response.end('served');
    });
  })
  .listen(0, '127.0.0.1', function () {
    console.log(`ready ${this.address().port}`);
  });
