/** Fifty rounds of something that takes seconds, a few at a time, with what each came to. */
import { randomNumbers } from '../support/random-numbers.ts';

export const ROUNDS = 50;
/** A loopscope and a service each, on a machine of two cores. */
const LANES = 4;
/** From before anything is sent to the service until long after everything runs. */
const LATEST_KILL_MS = 5_000;

export interface Round {
  readonly lane: number;
  readonly index: number;
  /** When to kill, counted from the start of loopscope: another moment in each round, the same in every run. */
  readonly killAfterMs: number;
}

/**
 * Runs all rounds, those of one lane one after another, and fails when all are done, with every failure.
 * @param openLane what the rounds of a lane share, a service perhaps; opened anew after a round that failed
 */
export async function runRounds<Lane, Outcome>(
  openLane: (lane: number) => Promise<Lane>,
  run: (round: Round, shared: Lane) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const random = randomNumbers(20_261);
  const rounds = Array.from({ length: ROUNDS }, (_, index) => ({
    lane: index % LANES,
    index,
    killAfterMs: random(LATEST_KILL_MS),
  }));
  const failures: unknown[] = [];
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    let shared = await openLane(lane);
    const outcomes: Outcome[] = [];
    for (const round of rounds.filter((each) => each.lane === lane)) {
      try {
        outcomes.push(await run(round, shared));
      } catch (failure) {
        failures.push(failure);
        shared = await openLane(lane);
      }
    }
    return outcomes;
  });
  const outcomes = (await Promise.all(lanes)).flat();
  if (failures.length > 0) {
    throw new AggregateError(
      failures,
      `${failures.length} of ${ROUNDS} rounds: ${failures.map(String).join('\n')}`,
    );
  }
  return outcomes;
}

/** `12 no recording yet, 38 recording opens` */
export function formatCounts(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

/** A debug port of its own for each lane: its services never wait for each other's turn at one. */
export const laneEnvironment = (lane: number): Record<string, string> => ({
  NODE_OPTIONS: `--inspect-port=${27_100 + 10 * lane}`,
});
