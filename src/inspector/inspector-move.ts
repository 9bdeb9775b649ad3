/**
 * Moving and closing the inspector from inside the service. Both are deferred to a timer: closing waits for the call
 * that closes to end, and a call that comes through the inspector would wait for itself.
 *
 * They run in the check phase after a whole turn of the loop. SIGUSR1 asks for the inspector twice over, by an
 * interrupt, which serves a blocked loop, and by a wake-up of the loop; closed before that wake-up was handled, the
 * inspector would open again, with nobody there to close it.
 *
 * `require` is there only while the expression runs, so what the timer needs is taken before; and the timer is the
 * module's, because tests and instrumentation replace the global one.
 */
import { systemClock } from '../shared/clock.ts';
import { evaluateWithModules } from './builtin-modules.ts';
import { MOVED_PORTS, isMovedPort, listenersOffMainLoop } from './debug-port.ts';
import { pollUntil } from './polling.ts';
import type { InspectorSession } from './session.ts';
import { socketsInNamespaceOf } from './socket-table.ts';
import type { TcpSocket } from './socket-table.ts';

/**
 * Closing an inspector joins its thread, which first waits until our kernel has acknowledged its last answer: 40 ms
 * and more, because an acknowledgement with nothing to send along is delayed that long. All that time the service
 * would stand still (measured: 43 to 58 ms without this rest, 1 to 14 ms with it).
 */
const SETTLES_MS = 60;
/**
 * A timer that comes later than this found the loop blocked, and leaves the inspector where it is, on the debug port
 * for as long as we stay. Services that are looked at stall for some hundred milliseconds at a time; one that stalls
 * longer is worth seeing while it does.
 */
export const MOVE_WITHIN_MS = 1000;
/** From a move that begins in time to the first sight of it: the old socket is closed first. */
const LAST_MOMENT_MS = 50;
/** A move that has begun ends within the same turn of the loop. */
const MOVE_ENDS_WITHIN_MS = 2000;
/** Ports that are tried: two loopscopes may have chosen the same one at the same moment. */
const PORTS_TRIED = 3;

/**
 * Moves an inspector that we opened off the debug port, and gives the socket on which it listens then. While the
 * loop is blocked the move cannot happen; it stays where it is (the result is the same socket), and the service can
 * be watched while it is blocked.
 */
export async function moveInspector(
  session: InspectorSession,
  pid: number,
  from: TcpSocket,
  moveWithinMs: number,
): Promise<TcpSocket> {
  // The monotonic clock is one for all processes of a machine: an expression that is itself served late does nothing.
  const untilMs = systemClock.monotonicMs() + moveWithinMs;
  const expression = moveExpression(freePorts(pid), untilMs);
  await evaluateWithModules(session, expression, { timeoutMs: moveWithinMs });
  const elsewhere = (): TcpSocket | null =>
    listenersOffMainLoop(pid).find((socket) => isMovedPort(socket.port)) ?? null;
  const withinMs = untilMs + LAST_MOMENT_MS - systemClock.monotonicMs();
  const moved = await pollUntil(elsewhere, { everyMs: 2, withinMs });
  if (moved !== null) return moved;
  const begun = !listenersOffMainLoop(pid).some((socket) => socket.inode === from.inode);
  if (!begun) return from;
  return (await pollUntil(elsewhere, { everyMs: 2, withinMs: MOVE_ENDS_WITHIN_MS })) ?? from;
}

/** Ports that nobody uses now, in an order that differs from one loopscope to the next. */
function freePorts(pid: number): readonly number[] {
  const used = new Set(socketsInNamespaceOf(pid).map((socket) => socket.port));
  const start = Math.floor(Math.random() * MOVED_PORTS.count);
  return Array.from(
    { length: MOVED_PORTS.count },
    (_, i) => MOVED_PORTS.first + ((start + i) % MOVED_PORTS.count),
  )
    .filter((port) => !used.has(port))
    .slice(0, PORTS_TRIED);
}

/**
 * Tries the ports in turn. The primary of a cluster hears of an inspector that opens by an internal message, and has
 * every worker open one, too: 9229 is free again just then, and the worker that is first would keep it. So that
 * message is held back. The debug port is told as before: a worker that the primary starts meanwhile is given it, and
 * on the port of our inspector it could open none of its own. Does nothing when the loop does not come to it until
 * `untilMs` of the monotonic clock.
 */
const moveExpression = (ports: readonly number[], untilMs: number): string => `(() => {
  const inspector = require('inspector');
  const { setTimeout, setImmediate } = require('timers');
  setTimeout(setImmediate, ${SETTLES_MS}, () => {
    const [seconds, nanoseconds] = process.hrtime();
    if (seconds * 1000 + nanoseconds / 1e6 > ${untilMs}) return;
    const { debugPort, emit } = process;
    inspector.close();
    const own = Object.getOwnPropertyDescriptor(process, 'emit');
    process.emit = (name, ...details) => name !== 'internalMessage' && emit.call(process, name, ...details);
    try {
      for (const port of ${JSON.stringify(ports)}) {
        try { inspector.open(port); } catch {}
        if (inspector.url()) return;
      }
    } finally {
      process.debugPort = debugPort;
      if (own) Object.defineProperty(process, 'emit', own);
      else delete process.emit;
    }
  });
})()`;

/** Closes, and lets the next SIGUSR1 open where it would have opened before us. */
export const closeExpression = (originalDebugPort: number): string => `(() => {
  const inspector = require('inspector');
  const { setTimeout, setImmediate } = require('timers');
  setTimeout(setImmediate, ${SETTLES_MS}, () => {
    inspector.close();
    process.debugPort = ${originalDebugPort};
  });
})()`;
