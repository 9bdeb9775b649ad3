/**
 * Quantities in the sentences of findings and in plain text, short and with their unit.
 *
 *   formatMs(0.42) '0.4 ms'   formatMs(198.2) '198 ms'   formatMs(5230) '5.2 s'   formatMs(5_400_000) '1.5 h'
 *   formatBytes(1536) '1.5 KB'   formatShare(0.934) '93%'   formatCount(1, 'stall') '1 stall'
 */

export function formatMs(ms: number): string {
  if (ms < 10) return `${trim(ms)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${trim(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${trim(ms / 3_600_000)} h`;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Powers of 1024, as every tool of Node shows memory. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? `${Math.round(value)}` : trim(value);
  return `${bytes < 0 ? '-' : ''}${digits} ${BYTE_UNITS[unit]}`;
}

/** Whole percent, but never a 0% or a 100% that is not one. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return '<1%';
  if (percent < 100 && percent > 99) return '>99%';
  return `${Math.round(percent)}%`;
}

export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** One digit after the point, none when it is zero. */
function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
