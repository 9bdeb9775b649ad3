// A service whose requests come from its own clock, so that a test needs no client: `leak(n)` handles n of them.
let served = 0;

export function serve(handle) {
  globalThis.leak = (requests) => {
    for (let request = 0; request < requests; request++) handle(served++);
  };
  globalThis.leak(50);
  setInterval(() => {}, 60_000);
  console.log('ready');
}
