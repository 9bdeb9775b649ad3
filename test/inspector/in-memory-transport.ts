/** A wire without a service at its end: the test is the service. */
import type { Transport } from '../../src/inspector/transport.ts';

export class InMemoryTransport implements Transport {
  onMessage: ((message: string) => void) | null = null;
  onClose: ((reason: string) => void) | null = null;
  readonly sent: { readonly id: number; readonly method: string; readonly params: object }[] = [];

  send(message: string): void {
    this.sent.push(JSON.parse(message));
  }

  close(): void {
    this.onClose?.('closed');
  }

  answer(message: unknown): void {
    this.onMessage?.(typeof message === 'string' ? message : JSON.stringify(message));
  }
}
