/** Durations as users write them: `500ms`, `10s`, `2m`. */
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** Parses to milliseconds; anything else, zero included, is a usage error that names the option. */
export function parseDuration(text: string, option: string): Result<number, CodedError> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const durationMs = match ? Number(match[1]) * (MS_PER_UNIT[match[2] ?? ''] ?? 0) : 0;
  if (durationMs > 0) return ok(durationMs);
  return fail({
    code: 'usage-duration',
    message: `${option} is not a duration: ${JSON.stringify(text)}`,
    hint: 'write it as 500ms, 10s or 2m',
    exitCode: 2,
  });
}
