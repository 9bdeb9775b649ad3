/**
 * The main thread's inspector, from a thread of the same process: no port is opened for it. It is reached in the
 * middle of JavaScript that blocks, as through the port (1 to 8 ms on Node 18 to 26), and after a native call that does.
 */
import { Session } from 'node:inspector';
import type { Debuggee, InspectorMessage } from './debuggee.ts';

/** How Node words an error of the protocol: `Inspector error -32601: 'X.y' wasn't found`. */
const PROTOCOL_ERROR = /^Inspector error (-?\d+): ([^]*)$/;
const INTERNAL_ERROR = -32_603;

export function connectInspector(send: (message: InspectorMessage) => void): Debuggee {
  const session = new Session();
  session.connectToMainThread();
  session.on('inspectorNotification', send);
  return {
    call(id, method, params) {
      session.post(method, params, (error, result) => {
        send(error === null ? { id, result: result ?? {} } : { id, error: protocolErrorFrom(error) });
      });
    },
    close: () => session.disconnect(),
  };
}

function protocolErrorFrom({ message }: Error): { code: number; message: string } {
  const [, code, words] = PROTOCOL_ERROR.exec(message) ?? [];
  return { code: code === undefined ? INTERNAL_ERROR : Number(code), message: words ?? message };
}
