// Load for the overhead benchmark, in a process of its own: raw sockets, a fixed rate, one request at a time on each
// connection. Message in: { port, request, rate, durationMs }; message out: { answered }.
import { connect } from 'node:net';

const CONNECTIONS = 64;
const TICK_MS = 1;

process.on('message', ({ port, request, rate, durationMs }) => {
  const bytes = Buffer.from(request);
  const idle = [];
  let open = 0;
  let answered = 0;
  let sent = 0;
  let answerLength = 0;
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let received = 0;
    socket.on('connect', () => {
      idle.push(socket);
      if (++open === CONNECTIONS) start();
    });
    socket.on('data', (chunk) => {
      // All answers of a service have the same length, and the first fits into one packet.
      answerLength ||= chunk.length;
      received += chunk.length;
      if (received < answerLength) return;
      received -= answerLength;
      answered++;
      idle.push(socket);
    });
    socket.on('error', () => process.exit(1));
    return socket;
  });

  function start() {
    const startedAt = performance.now();
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      if (elapsedMs >= durationMs) {
        clearInterval(timer);
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
          process.send({ answered });
        }, 50);
        return;
      }
      const due = Math.floor((elapsedMs / 1000) * rate);
      while (sent < due && idle.length > 0) {
        idle.shift().write(bytes);
        sent++;
      }
      // What could not be sent for want of a connection is not made up for: the rate stays fixed.
      sent = due;
    }, TICK_MS);
  }
});
