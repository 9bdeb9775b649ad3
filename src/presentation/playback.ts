/** A recording that is played like a tape: where it stands, and how it is moved. */

export interface Playback {
  /** The recording's first and last moment and the one that is shown, in the service's monotonic milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly positionMs: number;
  readonly playing: boolean;
  /** Recorded time that passes in one second of ours. */
  readonly speed: number;
}

export interface PlaybackSource {
  state(): Playback;
  /** At the end, plays from the beginning. */
  playOrPause(): void;
  /** Moves by so much; the ends are as far as it goes. */
  moveBy(byMs: number): void;
  toStart(): void;
  toEnd(): void;
  /** To the next moment worth a look: a mark, a long stall, a process that went. */
  toMoment(direction: 1 | -1): void;
  changeSpeed(direction: 1 | -1): void;
  /** Calls back after a jump: nothing that was computed before it holds. */
  onJump(listener: () => void): () => void;
}

/** Half as fast shows one stall, sixteen times as fast passes an hour in four minutes. */
const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;

export function changedSpeed(speed: number, direction: 1 | -1): number {
  const index = SPEEDS.findIndex((each) => each === speed) + direction;
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, index))] ?? 1;
}
