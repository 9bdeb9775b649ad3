/**
 * A wire that carries whole protocol messages. Live, it is a WebSocket; in a test, an in-memory pipe; in a
 * container's namespace, a relay.
 */
export interface Transport {
  send(message: string): void;
  /** At most one listener each; set before the first message can arrive. */
  onMessage: ((message: string) => void) | null;
  /** Called once, whoever closed. */
  onClose: ((reason: string) => void) | null;
  close(): void;
}
