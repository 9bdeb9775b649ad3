// A service without clients: a test has it handle requests, by `leak(n)` or, 300 of them, by SIGUSR2.
let served = 0;

export function serve(handle) {
  globalThis.leak = (requests) => {
    for (let request = 0; request < requests; request++) handle(served++);
  };
  globalThis.leak(50);
  process.on('SIGUSR2', () => {
    globalThis.leak(300);
    console.log('leaked');
  });
  setInterval(() => {}, 60_000);
  console.log('ready');
}
