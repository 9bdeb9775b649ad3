/** Where to push, from what the user wrote: credentials of the URL become a header, and are never printed. */
import type { CodedError } from '../shared/coded-error.ts';
import { fail, ok, type Result } from '../shared/result.ts';
import { sanitise } from '../shared/sanitiser.ts';

export interface PushEndpoint {
  /** Without credentials, and without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param option that it was given to, for the error */
export function parsePushEndpoint(text: string, option: string): Result<PushEndpoint, CodedError> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return fail({
      code: 'usage-url',
      message: `${option} is not a URL of HTTP: ${JSON.stringify(url === null ? text : url.protocol)}`,
      hint: 'write it as http://host:port',
      exitCode: 2,
    });
  }
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return ok({
    url: url.href.replace(/\/+$/, ''),
    headers: user === '' && password === '' ? {} : { authorization: `Basic ${basic}` },
  });
}

/** What went wrong on the way, or what the receiver said, in a few words that are safe to print. */
export function sayPushFault(fault: unknown): string {
  if (!(fault instanceof Error)) return sanitise(fault ?? 'nobody knows why');
  if (fault.cause instanceof Error) return sayPushFault(fault.cause);
  const coded = 'code' in fault ? fault.code : undefined;
  const code = typeof coded === 'string' || typeof coded === 'number' ? String(coded) : '';
  // A refused connection to a name with two addresses has a code and no words.
  const words = fault.message === '' ? fault.name : fault.message;
  return sanitise(code === '' || words.includes(code) ? words : `${words} (${code})`);
}
