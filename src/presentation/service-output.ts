/** What a service that `loopscope run` started has printed, as far as it is kept for the screen. */

export interface OutputLine {
  /** Counts all lines since the start, so that a line is known again after older ones were dropped. */
  readonly number: number;
  readonly from: 'stdout' | 'stderr';
  /** Sanitised. */
  readonly text: string;
}

export interface ServiceOutput {
  /** Oldest first. */
  lines(): readonly OutputLine[];
  /** Where all of it is written; null where no file could be had. */
  readonly file: string | null;
  /** Calls back after a line came; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
}
