// What every bench needs: medians, and where it was measured.
import { cpus, totalmem } from 'node:os';

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Median and spread of several runs of one side. */
export function spreadOf(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * The median, and the interval that holds the true one in 95 of 100 cases, whatever the values are spread like: from
 * the rank n/2 - 0.98 sqrt(n) to the rank n/2 + 1 + 0.98 sqrt(n) (the binomial interval in its normal form; Conover,
 * Practical Nonparametric Statistics, 3.2).
 */
export function medianWithin(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const { length } = sorted;
  const reach = 0.98 * Math.sqrt(length);
  const low = Math.max(1, Math.floor(length / 2 - reach));
  const high = Math.min(length, Math.ceil(length / 2 + 1 + reach));
  return { median: median(values), low: sorted[low - 1], high: sorted[high - 1] };
}

/** The value that a share of all lies below. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
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
