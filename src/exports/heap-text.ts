/**
 * A heap and its growth as a person reads them, 100 columns wide: what holds the most first, in the words of the
 * program.
 *
 *   +1.5M held by Map at globalThis.tracker.pending: 5,000 x LeakedRequest
 */
import type {
  ConstructorGrowth,
  GrowthHolder,
  HeapComparison,
  HeapConstructor,
  HeapSummary,
} from '../model/heap-snapshot.ts';
import { formatBytes } from '../presentation/format.ts';
import { formatHeldAt, formatObjectName, formatThrough } from '../presentation/heap-path.ts';

/** Rows of a printed list; the whole is in the JSON. */
const ROWS = 15;
/** Growth below this share, of the heap or of the largest holder, is what any service does between two moments. */
const FAINT_SHARE = 0.01;

/** Ends with a newline. */
export function formatHeapSummary(summary: HeapSummary, file: string): string {
  const { unreachable, detached } = summary;
  const lines = [
    `${file}: ${formatBytes(summary.shallowBytes)} in ${count(summary.objects)} objects, ${count(summary.edges)} references`,
    '',
    'What retains the most',
    ...summary.retainers
      .slice(0, ROWS)
      .map((object) => `${bytes(object.retainedBytes)}  ${formatHeldAt(object, object.path)}`),
    '',
    ...constructorTable(summary.constructors.slice(0, ROWS)),
  ];
  if (summary.duplicateStrings.length > 0) {
    lines.push('', 'Strings that are there several times');
    for (const { text, copies, wastedBytes } of summary.duplicateStrings.slice(0, ROWS)) {
      lines.push(`${bytes(wastedBytes)}  ${count(copies)} x "${text}"`);
    }
  }
  if (unreachable.objects > 0) {
    lines.push(
      '',
      `Held by nothing but weak references: ${count(unreachable.objects)} objects, ${formatBytes(unreachable.shallowBytes)}`,
    );
  }
  if (detached.objects > 0) {
    lines.push(
      '',
      `Detached and still held: ${count(detached.objects)} objects, ${formatBytes(detached.shallowBytes)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The first line names what holds the growth. Ends with a newline. */
export function formatHeapComparison(comparison: HeapComparison): string {
  const { before, after, holders } = comparison;
  const lines = [
    headline(comparison),
    `heap ${formatBytes(before.shallowBytes)} -> ${formatBytes(after.shallowBytes)}; ${count(comparison.newObjects)} new objects, ${formatBytes(comparison.newBytes)}`,
  ];
  if (comparison.matchedBy === 'paths') {
    lines.push(
      'the snapshots share no object ids (two sessions or processes): objects were matched by what holds them',
    );
  }
  const shown = holders.filter(({ grownBytes }) => grownBytes >= FAINT_SHARE * (holders[0]?.grownBytes ?? 0));
  if (shown.length > 0) lines.push('', 'What holds the growth', ...shown.slice(0, ROWS).flatMap(holderLines));
  lines.push('', ...growthTable(comparison.constructors.slice(0, ROWS)));
  return `${lines.join('\n')}\n`;
}

function headline({ holders, after }: HeapComparison): string {
  const [first] = holders;
  if (first === undefined) return 'nothing grew: what is new replaces what is gone';
  const isFaint = first.grownBytes < FAINT_SHARE * after.shallowBytes;
  const [group] = first.holds;
  const what = group === undefined ? '' : `: ${count(group.objects)} x ${group.constructor}`;
  return `${isFaint ? 'nothing grew that matters, the most: ' : ''}+${formatBytes(first.grownBytes)} held by ${formatHeldAt(first.object, first.path)}${group ? formatThrough(first, group.via) : ''}${what}`;
}

function holderLines(holder: GrowthHolder): string[] {
  return [
    `${bytes(holder.grownBytes, '+')}  ${formatHeldAt(holder.object, holder.path)}`,
    ...holder.holds.slice(0, 3).map((group) => {
      const example =
        group.example.name === group.constructor ? '' : `, such as ${formatObjectName(group.example)}`;
      return `${' '.repeat(10)}${count(group.objects)} x ${group.constructor}, ${formatBytes(group.retainedBytes)}${formatThrough(holder, group.via)}${example}`;
    }),
  ];
}

function constructorTable(rows: readonly HeapConstructor[]): string[] {
  return [
    `${'Constructor'.padEnd(52)}${'instances'.padStart(12)}${'own'.padStart(9)}${'retained'.padStart(10)}`,
    ...rows.map(({ name, place, instances, shallowBytes, retainedBytes }) => {
      const label = place === null ? name : `${name} ${place}`;
      return `${cut(label, 51).padEnd(52)}${count(instances).padStart(12)}${formatBytes(shallowBytes).padStart(9)}${formatBytes(retainedBytes).padStart(10)}`;
    }),
  ];
}

function growthTable(rows: readonly ConstructorGrowth[]): string[] {
  return [
    `${'Constructor'.padEnd(44)}${'new'.padStart(10)}${'gone'.padStart(10)}${'now'.padStart(12)}${'change'.padStart(9)}`,
    ...rows.map(({ name, newInstances, goneInstances, instances, shallowDeltaBytes }) => {
      const change = `${shallowDeltaBytes > 0 ? '+' : ''}${formatBytes(shallowDeltaBytes)}`;
      return `${cut(name, 43).padEnd(44)}${count(newInstances).padStart(10)}${count(goneInstances).padStart(10)}${count(instances).padStart(12)}${change.padStart(9)}`;
    }),
  ];
}

const bytes = (value: number, sign = ''): string => `${sign}${formatBytes(value)}`.padStart(8);
const count = (value: number): string => value.toLocaleString('en-US');
const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 3)}...` : text;
