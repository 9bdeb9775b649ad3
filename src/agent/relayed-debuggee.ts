/** Connections to the stand-in for a missing inspector, which lives in the main thread: numbered, over one port. */
import type { ToMainThread } from './agent-wire.ts';
import type { Debuggee, DebuggeeConnector, InspectorMessage } from './debuggee.ts';

export interface RelayedDebuggees {
  readonly connect: DebuggeeConnector;
  /** Takes what the main thread says to one of them. */
  hear(connection: number, message: InspectorMessage): void;
}

export function createRelayedDebuggees(post: (message: ToMainThread) => void): RelayedDebuggees {
  const senders = new Map<number, (message: InspectorMessage) => void>();
  let last = 0;
  return {
    connect(send): Debuggee {
      const connection = ++last;
      senders.set(connection, send);
      return {
        call: (id, method, params) => post({ kind: 'call', connection, id, method, params }),
        close() {
          senders.delete(connection);
          post({ kind: 'closed', connection });
        },
      };
    },
    hear: (connection, message) => senders.get(connection)?.(message),
  };
}
