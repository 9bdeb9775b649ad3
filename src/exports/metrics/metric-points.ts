/** What metrics are written with: points, and the kinds that have a number for a value. */
import type { Metric, NumberPoint } from './metric.ts';

/** A point without attributes; none where nothing was measured. */
export const one = (value: number | null | undefined): readonly NumberPoint[] =>
  value === null || value === undefined ? [] : [{ attributes: {}, value }];

type Numbers = (
  name: string,
  description: string,
  unit: Metric['unit'],
  points: readonly NumberPoint[],
) => Metric;

export const gauge: Numbers = (name, description, unit, points) => ({
  kind: 'gauge',
  name,
  description,
  unit,
  points,
});
export const level: Numbers = (name, description, unit, points) => ({
  kind: 'level',
  name,
  description,
  unit,
  points,
});
export const counter: Numbers = (name, description, unit, points) => ({
  kind: 'counter',
  name,
  description,
  unit,
  points,
});

/** Two pools may have one name: a series may be there only once. */
export const sumEqual = (points: readonly NumberPoint[]) => joinEqual(points, (a, b) => a + b);
export const largestEqual = (points: readonly NumberPoint[]) => joinEqual(points, Math.max);

function joinEqual(
  points: readonly NumberPoint[],
  join: (a: number, b: number) => number,
): readonly NumberPoint[] {
  const joined = new Map<string, NumberPoint>();
  for (const { attributes, value } of points) {
    const key = JSON.stringify(attributes);
    const known = joined.get(key);
    joined.set(key, { attributes, value: known ? join(known.value, value) : value });
  }
  return [...joined.values()];
}
