/**
 * Routes of services whose framework does not tell its own pattern: the parts of a path that name one thing are
 * folded, so that a route is what the service's author would call a route.
 *
 *   /users/42/orders/7d9f1a2e-5b6c-4d3e-8f90-a1b2c3d4e5f6  ->  /users/:id/orders/:uuid
 *   /export/2026-01-31/report-118.csv                      ->  /export/:date/report-:id.csv
 */

/** Requests whose route did not fit into the bounded table of routes. */
export const OTHER_ROUTE = 'other';

/** Requests answered 404 for a path that no answered request had before: scanners would fill the table otherwise. */
export const UNKNOWN_ROUTE = '(not found)';

/** What a route is called wherever it is shown or compared: `GET /login/:user`. */
export function routeKey({ method, route }: { readonly method: string; readonly route: string }): string {
  return `${method} ${route}`;
}

/**
 * Folds ids, UUIDs, hashes, dates and long tokens of a path (without its query). Text that stands for no single
 * thing is returned as it is. Runs inside the service too, so it refers to nothing outside itself; it is a scanner
 * and not a set of regular expressions, because a service with an id in every path runs it for each request.
 */
export function foldPath(path: string): string {
  const MAX_SEGMENTS = 12;
  // ObjectIds have 24 digits, hashes 32 and more; eight is a short commit hash.
  const MIN_HASH_LENGTH = 8;
  const MIN_LETTERS_ONLY_HASH_LENGTH = 16;
  const MIN_TOKEN_LENGTH = 20;
  // The longest words of route names (`internationalization`) have 20 letters in a row.
  const MIN_LETTERS_ONLY_TOKEN_LENGTH = 24;
  const MIN_MIXED_TOKEN_LENGTH = 8;
  const MAX_SEGMENT_LENGTH = 64;
  // `iso8601`-like names are rarer in paths than order numbers such as `SKU88120`.
  const MIN_DIGITS_OF_ID = 4;

  const foldSegment = (start: number, end: number): string | null => {
    const length = end - start;
    let digits = 0;
    let hexadecimal = 0;
    let dashes = 0;
    let dot = -1;
    let isEmail = false;
    let isValue = false;
    let turns = 0;
    let kindBefore = -1;
    for (let i = start; i < end; i++) {
      const code = path.charCodeAt(i);
      if (code >= 48 && code <= 57) {
        digits++;
        hexadecimal++;
      } else if ((code >= 97 && code <= 102) || (code >= 65 && code <= 70)) hexadecimal++;
      else if (code === 45) dashes++;
      else if (code === 46) dot = i;
      else if (code === 64 && i > start) isEmail = true;
      // No author of a route writes one of !$%&'()*+,;=@ into its name; `:` is in those of Google's own APIs.
      else if ((code >= 33 && code <= 44) || code === 59 || code === 61 || code === 64) isValue = true;
      const kind = code <= 57 ? 0 : code <= 90 ? 1 : 2;
      if (kind !== kindBefore) turns++;
      kindBefore = kind;
    }
    if (isEmail && !isValue) return ':email';
    if (isEmail || (isValue && length > 1)) return ':value';
    if (length > MAX_SEGMENT_LENGTH) return ':token';
    if (digits === 0) {
      if (hexadecimal === length && length >= MIN_LETTERS_ONLY_HASH_LENGTH) return ':hash';
      return dashes === 0 && dot < 0 && length >= MIN_LETTERS_ONLY_TOKEN_LENGTH ? ':token' : null;
    }
    if (digits === length) return ':id';
    if (length === 36 && dashes === 4 && hexadecimal === 32) return ':uuid';
    if (length === 10 && digits === 8 && dashes === 2 && path[start + 4] === '-' && path[start + 7] === '-') {
      return ':date';
    }
    if (hexadecimal === length && length >= MIN_HASH_LENGTH) return ':hash';
    if (length >= MIN_TOKEN_LENGTH && digits >= 2) return ':token';
    // `dQw4w9WgXcQ` changes between cases and digits at nearly every character, `getV2Users` does not.
    if (length >= MIN_MIXED_TOKEN_LENGTH && digits >= 2 && dashes === 0 && turns * 3 > length * 2)
      return ':token';
    const stemEnd = dot > start && end - dot <= 6 ? dot : end;
    let digitsStart = stemEnd;
    while (digitsStart > start) {
      const code = path.charCodeAt(digitsStart - 1);
      if (code < 48 || code > 57) break;
      digitsStart--;
    }
    const before = digitsStart > start ? path[digitsStart - 1] : '-';
    if (digitsStart < stemEnd && (before === '-' || before === '_')) {
      return `${path.slice(start, digitsStart)}:id${path.slice(stemEnd, end)}`;
    }
    return digits >= MIN_DIGITS_OF_ID ? `:id${path.slice(stemEnd, end)}` : null;
  };

  let folded = '';
  let copiedTo = 0;
  let segments = 0;
  let start = 0;
  while (start <= path.length) {
    let end = path.indexOf('/', start);
    if (end < 0) end = path.length;
    if (segments++ > MAX_SEGMENTS) return `${folded}${path.slice(copiedTo, start)}*`;
    const replacement = end > start ? foldSegment(start, end) : null;
    if (replacement !== null) {
      folded += path.slice(copiedTo, start) + replacement;
      copiedTo = end;
    }
    start = end + 1;
  }
  return copiedTo === 0 ? path : folded + path.slice(copiedTo);
}
