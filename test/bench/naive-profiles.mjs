// The protocol as it is used at first: a CPU profile started and stopped every second.
import { WebSocket } from 'undici';

const socket = new WebSocket(process.argv[2]);
let last = 0;
const waiting = new Map();
socket.addEventListener('message', ({ data }) => {
  const { id } = JSON.parse(data);
  waiting.get(id)?.();
  waiting.delete(id);
});
const ask = (method) =>
  new Promise((resolve) => {
    waiting.set(++last, resolve);
    socket.send(JSON.stringify({ id: last, method }));
  });
socket.addEventListener('open', async () => {
  await ask('Profiler.enable');
  for (;;) {
    await ask('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await ask('Profiler.stop');
  }
});
