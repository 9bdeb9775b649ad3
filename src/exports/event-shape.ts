/**
 * Readers of parsed JSON that trust nothing: a value of the right shape comes back with its strings cleaned and
 * without what the shape does not name; anything else comes back as undefined.
 *
 *   const readPoint = object<Point>({ x: number, label: nullable(text) });
 *   readPoint({ x: 1, label: 'a\u001b[2J', more: 2 })  -> { x: 1, label: 'a' }
 *   readPoint({ x: '1', label: null })                 -> undefined
 */
import { sanitise } from '../shared/sanitiser.ts';

export type Read<T> = (value: unknown) => T | undefined;

/** Longer than anything that a collector lets through (paths, 1024), so that its strings come back unchanged. */
const LONGEST_TEXT = 2048;

type RequiredKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type OptionalKey<T> = Exclude<keyof T, RequiredKey<T>>;
type Fields<T, K extends keyof T> = { readonly [P in K]-?: Read<Exclude<T[P], undefined>> };

export const number: Read<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** Milliseconds since a start or since 1970; beyond this (the year 2286) no calendar and no axis can show them. */
const LATEST_MS = 1e13;

export const moment: Read<number> = (value) => {
  const ms = number(value);
  return ms !== undefined && Math.abs(ms) <= LATEST_MS ? ms : undefined;
};

export const boolean: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** Text may come from anywhere: a recording is a file that somebody sent. */
export const text: Read<string> = (value) =>
  typeof value === 'string' ? sanitise(value, LONGEST_TEXT) : undefined;

export const nullable =
  <T>(read: Read<T>): Read<T | null> =>
  (value) =>
    value === null ? null : read(value);

export const oneOf =
  <const T extends string>(...values: readonly T[]): Read<T> =>
  (value) =>
    values.find((each) => each === value);

export const array =
  <T>(read: Read<T>): Read<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const items: T[] = [];
    for (const each of value) {
      const item = read(each);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  };

/** An array of exactly these. */
export const tuple =
  <T extends readonly unknown[]>(...reads: { readonly [I in keyof T]: Read<T[I]> }): Read<T> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== reads.length) return undefined;
    const items = reads.map((read, i) => read(value[i]));
    return items.includes(undefined) ? undefined : (items as unknown as T);
  };

/** @param optional fields that may be absent; there they are as required as the others */
export function object<T extends object>(
  required: Fields<T, RequiredKey<T>>,
  ...[optional]: OptionalKey<T> extends never ? [] : [optional: Fields<T, OptionalKey<T>>]
): Read<T> {
  const needed = Object.entries<Read<unknown>>(required);
  const possible = Object.entries<Read<unknown>>(optional ?? {});
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const given = value as Readonly<Record<string, unknown>>;
    const result: Record<string, unknown> = {};
    for (const [name, read] of needed) {
      const field = read(given[name]);
      if (field === undefined) return undefined;
      result[name] = field;
    }
    for (const [name, read] of possible) {
      if (given[name] === undefined) continue;
      const field = read(given[name]);
      if (field === undefined) return undefined;
      result[name] = field;
    }
    return result as T;
  };
}

/** Only what also holds `condition`: figures that have to fit each other. */
export const where =
  <T>(read: Read<T>, condition: (value: T) => boolean): Read<T> =>
  (value) => {
    const result = read(value);
    return result !== undefined && condition(result) ? result : undefined;
  };
