/** The wire to the in-process agent: the protocol's messages as lines over a Unix socket. */
import { constants } from 'node:buffer';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createLineReader, lineOf } from '../shared/message-lines.ts';
import { fail, ok } from '../shared/result.ts';
import type { Result } from '../shared/result.ts';
import type { Transport } from './transport.ts';
import type { WireFailure } from './websocket-transport.ts';

/** Connects, within `timeoutMs`. The kernel answers for the agent; that it is the right process is asked after. */
export function connectAgentSocket(path: string, timeoutMs: number): Promise<Result<Transport, WireFailure>> {
  const socket = connect(path);
  return new Promise((resolve) => {
    const deadline = setTimeout(() => give(fail({ kind: 'silent', afterMs: timeoutMs })), timeoutMs);
    const give = (outcome: Result<Transport, WireFailure>): void => {
      clearTimeout(deadline);
      if (!outcome.ok) socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => give(ok(new AgentTransport(socket))));
    socket.once('error', (error) => {
      give(fail({ kind: 'unreachable', reason: 'code' in error ? String(error.code) : error.message }));
    });
  });
}

class AgentTransport implements Transport {
  onMessage: ((message: string) => void) | null = null;
  onClose: ((reason: string) => void) | null = null;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    const read = createLineReader((line) => this.onMessage?.(line), constants.MAX_STRING_LENGTH);
    let reason = 'the agent closed the connection';
    socket.on('data', (chunk) => {
      if (read(chunk)) return;
      reason = 'the agent sent more than a message can hold';
      socket.destroy();
    });
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', () => {
      const tellOnce = this.onClose;
      this.onClose = null;
      tellOnce?.(reason);
    });
  }

  send(message: string): void {
    if (this.#socket.writable) this.#socket.write(lineOf(message));
  }

  close(): void {
    this.#socket.destroySoon();
  }
}
