/**
 * What is sent, how fast and for how long.
 *
 *   { pace: { kind: 'rate', perSecond: 200 }, durationMs: 30_000,
 *     targets: [{ method: 'GET', url: 'http://127.0.0.1:3000/orders', weight: 3 }, …] }
 */
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';

/**
 * `rate`: requests start on a fixed schedule whatever the service does, as users do (open loop).
 * `connections`: each connection sends its next request when the last one is answered (closed loop): a slow service
 * is asked less often, so its percentiles look better than what users would see.
 */
export type Pace =
  | { readonly kind: 'rate'; readonly perSecond: number }
  | { readonly kind: 'connections'; readonly count: number };

export interface LoadTarget {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Share of the requests, relative to the other targets. */
  readonly weight: number;
}

export interface LoadPlan {
  readonly pace: Pace;
  readonly targets: readonly LoadTarget[];
  /** Time that counts, after the warm-up. */
  readonly durationMs: number;
  /** Sent and not counted. */
  readonly warmupMs: number;
  /** A request without a complete answer after this time is given up. */
  readonly timeoutMs: number;
}

/** 10 s: what impatient users and most gateways' clients wait; longer hides a service that is down. */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** A target with the defaults that a plain URL means. */
export function loadTarget(url: string, given: Partial<Omit<LoadTarget, 'url'>> = {}): LoadTarget {
  return { method: 'GET', headers: {}, body: null, weight: 1, ...given, url };
}

/** A plan with no warm-up and the default time-out. */
export function loadPlan(
  pace: Pace,
  targets: readonly LoadTarget[],
  times: { readonly durationMs: number; readonly warmupMs?: number; readonly timeoutMs?: number },
): LoadPlan {
  return { pace, targets, warmupMs: 0, timeoutMs: DEFAULT_TIMEOUT_MS, ...times };
}

/** `3=http://127.0.0.1/a` is that URL with weight 3, a plain URL has weight 1. Only http and https can be loaded. */
export function parseWeightedUrl(text: string): Result<{ url: string; weight: number }, CodedError> {
  const [, weightText, urlText] = /^(?:(\d+(?:\.\d+)?)=)?(.*)$/s.exec(text) ?? [];
  const url = URL.canParse(urlText ?? '') ? new URL(urlText ?? '') : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return usage(
      'usage-load-url',
      `not an http or https URL: ${JSON.stringify(text)}`,
      'http://127.0.0.1:3000/path, or with a weight 3=http://127.0.0.1:3000/path',
    );
  }
  const weight = weightText === undefined ? 1 : Number(weightText);
  if (weight === 0)
    return usage('usage-load-weight', `a weight must be above 0: ${text}`, '3=http://127.0.0.1:3000/path');
  return ok({ url: url.href, weight });
}

/** `content-type: application/json` as [name, value]. */
export function parseHeader(text: string): Result<readonly [name: string, value: string], CodedError> {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    return usage(
      'usage-load-header',
      `not a header: ${JSON.stringify(text)}`,
      'content-type: application/json',
    );
  }
  return ok([name.toLowerCase(), value.trim()]);
}

function usage(code: string, message: string, example: string): Result<never, CodedError> {
  return fail({ code, message, hint: `write it as ${example}`, exitCode: 2 });
}
