/**
 * One client of the agent: its lines become calls to the service's main thread, answers and events become lines.
 *
 * The session begins with the first call: who only looks whether somebody listens costs the main thread nothing.
 */
import type { Socket } from 'node:net';
import { createLineReader, lineOf } from '../shared/message-lines.ts';
import { DESCRIBE_METHOD } from './agent-wire.ts';
import type { AgentDescription } from './agent-wire.ts';
import type { Debuggee, DebuggeeConnector, InspectorMessage } from './debuggee.ts';

/** The longest expression loopscope sends, the probe, has 100 KB; who sends more than this speaks another language. */
const LONGEST_CALL_BYTES = 16 * 2 ** 20;
const NO_SESSION = -32_000;

export interface AgentConnectionOptions {
  readonly connectDebuggee: DebuggeeConnector;
  readonly describe: () => AgentDescription;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** Serves a client until it leaves; the result makes it leave. */
export function serveClient(socket: Socket, options: AgentConnectionOptions): () => void {
  let debuggee: Debuggee | null = null;
  let left = false;
  // What the client does not take is kept until it does or leaves, as by Node's own inspector: V8 does not wait.
  const send = (message: InspectorMessage): void => {
    if (socket.writable) socket.write(lineOf(JSON.stringify(message)));
  };
  const leave = (): void => {
    if (left) return;
    left = true;
    debuggee?.close();
    socket.destroy();
  };
  const receive = (line: string): void => {
    const call = parseCall(line);
    if (left || call === null) return;
    const { id, method, params } = call;
    if (method === DESCRIBE_METHOD) return send({ id, result: options.describe() });
    try {
      debuggee ??= options.connectDebuggee(send);
      debuggee.call(id, method, params);
    } catch (error) {
      send({ id, error: { code: NO_SESSION, message: String(error) } });
    }
  };
  const read = createLineReader(receive, LONGEST_CALL_BYTES);
  socket.on('data', (chunk) => {
    if (!read(chunk)) leave();
  });
  socket.on('error', leave);
  socket.on('close', leave);
  return leave;
}

/** Null for what is no call of the protocol: it is passed over. */
function parseCall(line: string): Call | null {
  let raw: { readonly id?: unknown; readonly method?: unknown; readonly params?: unknown } | null;
  try {
    raw = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof raw !== 'object' || raw === null) return null;
  const { id, method, params } = raw;
  if (typeof id !== 'number' || typeof method !== 'string') return null;
  const given = typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
  return { id, method, params: given };
}
