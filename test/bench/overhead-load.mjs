// Load for the overhead benchmark, in a process of its own: raw sockets that stay open from slice to slice, a fixed
// rate, one request at a time on each connection. Message in: { port, request, rate, durationMs }; message out:
// { answered }, when all that was sent is answered.
import { connect } from 'node:net';
import { once } from 'node:events';

const CONNECTIONS = 64;
const TICK_MS = 1;
const LAST_ANSWER_WITHIN_MS = 2000;

/** By port. */
const services = new Map();

process.on('message', async ({ port, request, rate, durationMs }) => {
  if (!services.has(port)) services.set(port, await connectTo(port));
  const service = services.get(port);
  const bytes = Buffer.from(request);
  service.answered = 0;
  let sent = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= durationMs) {
      const isLate = elapsedMs >= durationMs + LAST_ANSWER_WITHIN_MS;
      if (service.idle.length < CONNECTIONS && !isLate) return;
      clearInterval(timer);
      process.send({ answered: service.answered });
      return;
    }
    const due = Math.floor((elapsedMs / 1000) * rate);
    while (sent < due && service.idle.length > 0) {
      service.idle.shift().write(bytes);
      sent++;
    }
    // What could not be sent for want of a connection is not made up for: the rate stays fixed.
    sent = due;
  }, TICK_MS);
});

async function connectTo(port) {
  const service = { idle: [], answered: 0 };
  let answerLength = 0;
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let received = 0;
    socket.on('data', (chunk) => {
      // All answers of a service have the same length, and the first fits into one packet.
      answerLength ||= chunk.length;
      received += chunk.length;
      if (received < answerLength) return;
      received -= answerLength;
      service.answered++;
      service.idle.push(socket);
    });
    // The service is ended when it has been measured; one that ends before answers nothing, and that is seen.
    socket.on('error', () => services.delete(port));
    await once(socket, 'connect');
    service.idle.push(socket);
  }
  return service;
}
