/** The clocks of this program, passed in so that a replay and a test can bring their own. */
export interface Clock {
  /** Monotonic milliseconds. On one Linux machine this is the same clock as the service's own `hrtime`. */
  monotonicMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
};
