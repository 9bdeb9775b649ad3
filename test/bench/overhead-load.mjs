// Load for the overhead benchmark, in a process of its own: raw sockets that stay open from slice to slice, a fixed
// rate, one request at a time on each connection. Message in: { port, request, rate, durationMs }; message out, when all
// that was sent is answered: { answered, latenciesMs }, each from the sending of the request to the end of its answer.
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
  service.latenciesMs = [];
  let sent = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= durationMs) {
      const isLate = elapsedMs >= durationMs + LAST_ANSWER_WITHIN_MS;
      if (service.idle.length < CONNECTIONS && !isLate) return;
      clearInterval(timer);
      process.send({ answered: service.latenciesMs.length, latenciesMs: service.latenciesMs });
      return;
    }
    const due = Math.floor((elapsedMs / 1000) * rate);
    while (sent < due && service.idle.length > 0) {
      const connection = service.idle.shift();
      connection.sentMs = performance.now();
      connection.socket.write(bytes);
      sent++;
    }
    // What could not be sent for want of a connection is not made up for: the rate stays fixed.
    sent = due;
  }, TICK_MS);
});

async function connectTo(port) {
  const service = { idle: [], latenciesMs: [] };
  let answerLength = 0;
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    const connection = { socket, sentMs: 0 };
    let received = 0;
    socket.on('data', (chunk) => {
      // All answers of a service have the same length, and the first fits into one packet.
      answerLength ||= chunk.length;
      received += chunk.length;
      if (received < answerLength) return;
      received -= answerLength;
      service.latenciesMs.push(performance.now() - connection.sentMs);
      service.idle.push(connection);
    });
    // The service is ended when it has been measured; one that ends before answers nothing, and that is seen.
    socket.on('error', () => services.delete(port));
    await once(socket, 'connect');
    service.idle.push(connection);
  }
  return service;
}
