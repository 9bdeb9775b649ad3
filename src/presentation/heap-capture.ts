/**
 * Taking heap snapshots of a live service by hand: the price is asked first, then the user decides.
 *
 *   idle -request-> pricing -> offered -accept-> taking -> analysing -> idle
 */
import type { CodedError } from '../shared/coded-error.ts';

export type HeapCapture =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pricing' }
  /** The service would stand still and take that much more memory. */
  | { readonly kind: 'offered'; readonly pauseMs: number; readonly extraBytes: number }
  /** Refused by the pre-flight check, or failed. */
  | { readonly kind: 'failed'; readonly error: CodedError }
  /** The service stands still. */
  | { readonly kind: 'taking'; readonly says: string; readonly share: number | null }
  /** The service runs on; the snapshot is read here. */
  | { readonly kind: 'analysing'; readonly share: number };

/** What the memory screen needs of a live session for it. A recording has none. */
export interface HeapCaptureSource {
  state(): HeapCapture;
  /** Asks for the price; does nothing while a snapshot is under way. */
  request(): void;
  /** Takes the snapshot that is offered. */
  accept(): void;
  decline(): void;
  /** Calls back after the state changed; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}
