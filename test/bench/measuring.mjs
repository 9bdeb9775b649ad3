// What every bench needs: medians, and where it was measured.
import { cpus, totalmem } from 'node:os';

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Median and spread of several runs of one side. */
export function spreadOf(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** The machine that a figure is of, without its name. */
export function machineFacts() {
  const [{ model } = { model: 'unknown' }] = cpus();
  return { processor: model.trim(), cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) };
}

/** Runs each side once a round, every second round in reverse, so that a machine that slows down favours nobody. */
export async function alternate(rounds, sides, measure) {
  const results = Object.fromEntries(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      results[side].push(await measure(side, round));
    }
  }
  return results;
}

/** What is done on `exit`, such as ending what was started, is done when a signal ends the bench, too. */
export function exitOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
}
