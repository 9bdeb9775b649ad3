// Ends at the second signal, as a service does that is asked to stop at once.
let count = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    console.log(signal, ++count);
    if (count === 2) process.exit(9);
  });
}
setInterval(() => {}, 1000);
setTimeout(() => console.log('ready'), 200);
