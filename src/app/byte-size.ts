/** Sizes as users write them: `500KB`, `200MB`, `1.5GB`; powers of 1024, as everywhere in this program. */
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/** Parses to bytes; anything else, zero included, is a usage error that names the option. */
export function parseByteSize(text: string, option: string): Result<number, CodedError> {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB)$/i.exec(text);
  const bytes = match
    ? Math.floor(Number(match[1]) * (BYTES_PER_UNIT[match[2]?.toUpperCase() ?? ''] ?? 0))
    : 0;
  if (bytes > 0) return ok(bytes);
  return fail({
    code: 'usage-size',
    message: `${option} is not a size: ${JSON.stringify(text)}`,
    hint: 'write it as 500KB, 200MB or 1GB',
    exitCode: 2,
  });
}
