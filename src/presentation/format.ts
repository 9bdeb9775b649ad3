/**
 * Figures as a person reads them: three significant places at most, the unit always there, widths that do not
 * jump. What was not measured is a dash, never 0.
 */

const NOT_MEASURED = '–';
const KIB = 1024;

/** `0.4ms`, `12.3ms`, `259ms`, `1.45s`, `2m 05s`. */
export function formatMs(valueMs: number | null | undefined): string {
  if (valueMs === null || valueMs === undefined || !Number.isFinite(valueMs)) return NOT_MEASURED;
  if (valueMs < 0.05) return '0ms';
  if (valueMs < 9.95) return `${valueMs.toFixed(1)}ms`;
  if (valueMs < 999.5) return `${Math.round(valueMs)}ms`;
  if (valueMs < 9995) return `${(valueMs / 1000).toFixed(2)}s`;
  if (valueMs < 99_950) return `${(valueMs / 1000).toFixed(1)}s`;
  return formatDuration(valueMs);
}

/** Seconds for a headline: `0.8 s`, `3.2 s`, `75 s`. */
export function formatSeconds(valueMs: number): string {
  const seconds = valueMs / 1000;
  return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** A length of time in its two largest units: `12s`, `3m 20s`, `6d 4h`. */
export function formatDuration(valueMs: number): string {
  const seconds = Math.max(0, Math.round(valueMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad2(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad2(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A length of time for an axis, without empty parts: `30s`, `5m`, `1h30m`. */
export function formatAxisTime(valueMs: number): string {
  const seconds = Math.round(valueMs / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor((seconds % 3600) / 60),
    seconds % 60,
  ];
  return (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '') + (rest > 0 ? `${rest}s` : '');
}

/** Where a recording stands: `0:42`, `1:05:03`. */
export function formatPosition(valueMs: number): string {
  const seconds = Math.max(0, Math.floor(valueMs / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const clock = hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : String(minutes);
  return `${clock}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `512B`, `9.4K`, `349M`, `1.2G`; binary units. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NOT_MEASURED;
  const size = Math.abs(bytes);
  const sign = bytes < 0 ? '-' : '';
  if (size < KIB) return `${sign}${Math.round(size)}B`;
  for (const unit of ['K', 'M', 'G', 'T']) {
    const scale = KIB ** ('KMGT'.indexOf(unit) + 1);
    const value = size / scale;
    if (value < 999.5 || unit === 'T')
      return `${sign}${value < 9.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
  }
  return NOT_MEASURED;
}

/** Change of a size: `+13.2M/min`, at the unit of time in which it is a readable number. */
export function formatGrowth(bytesPerSecond: number | null | undefined): string {
  if (bytesPerSecond === null || bytesPerSecond === undefined) return NOT_MEASURED;
  const perMinute = bytesPerSecond * 60;
  return `${perMinute >= 0 ? '+' : ''}${formatBytes(perMinute)}/min`;
}

/** `339/s`, `7.8/s`, `12.5k/s`. */
export function formatRate(perSecond: number | null | undefined): string {
  return perSecond === null || perSecond === undefined ? NOT_MEASURED : `${formatCount(perSecond)}/s`;
}

/** `7.8`, `244`, `12.5k`, `3.1M`. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return NOT_MEASURED;
  if (count < 9.95) return Number.isInteger(count) ? String(count) : count.toFixed(1);
  if (count < 9999.5) return String(Math.round(count));
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_500 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** A share of 0 to 1 as `0.4%`, `37.8%`, `100%`. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NOT_MEASURED;
  const percent = share * 100;
  return percent === 0 ? '0%' : percent >= 99.95 ? `${Math.round(percent)}%` : `${percent.toFixed(1)}%`;
}

/** A share of 0 to 1 in whole percent: `84%`. */
export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined ? NOT_MEASURED : `${Math.round(share * 100)}%`;
}

/** Local time of day: `14:02:31`. */
export function formatClock(wallMs: number): string {
  const time = new Date(wallMs);
  return `${pad2(time.getHours())}:${pad2(time.getMinutes())}:${pad2(time.getSeconds())}`;
}

/** Time of day for readers in any place: `14:02:31`, in UTC. */
export const formatUtcClock = (wallMs: number): string => new Date(wallMs).toISOString().slice(11, 19);

/** A moment for readers in any place: `2026-01-31 14:02:31 UTC`. */
export const formatUtcMoment = (wallMs: number): string =>
  `${new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** The last two parts of a path, which name a file well enough beside its line: `src/app.js`. */
function shortPath(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? parts.slice(-2).join('/') : path;
}

/** Where code is, short: `src/app.js:12`, `node:crypto:61`, `(native)`. */
export function formatPlace(place: { readonly file: string; readonly line: number }): string {
  if (place.file === '') return '(native)';
  const file = place.file.startsWith('node:') ? place.file : shortPath(place.file);
  return place.line > 0 ? `${file}:${place.line}` : file;
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}
