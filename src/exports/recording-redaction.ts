/**
 * What a recording leaves out of the events unless it is told to keep it: it is handed on, attached to tickets and
 * kept for long. Events carry no headers, bodies or SQL to begin with; what they do carry is
 *
 *   routes of frameworks that tell only URLs    GET /search?q=ada        -> GET /search
 *   command lines, of the service and children  node a.js --token=abc    -> node a.js --token=…
 *   addresses with credentials                  pg://ada:pw@db/orders    -> pg://…@db/orders
 *   keys of maps on a heap path                 users["ada@example.com"] -> users["…"]
 *   lines of source                             const apiKey = 'abc'     -> const apiKey = …
 *
 * The same text always becomes the same text, so that what belongs together is still found together.
 */
import type { TimelineEvent } from '../model/timeline-event.ts';

const LEFT_OUT = '…';

const SECRET_NAME = String.raw`[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|auth(?:orization)?|cookie|session[-_]?id|signature|dsn)`;
/** `--password=x`, `PGPASSWORD=x`, `"token": "x"`, `--secret x`, `apiKey = 'x'`. */
const SECRET_VALUE = new RegExp(
  String.raw`(${SECRET_NAME}["']?(?:\s*[=:]\s*|(?<=--?[\w.-]{1,60})\s+(?!-)))(?:(?:bearer|basic)\s+)?("[^"]*"?|'[^']*'?|[^\s"',;&]+)`,
  'gi',
);
/** In source only what stands in quotes: `token = JSON.parse(body)` tells no secret, and tells what blocks. */
const SECRET_LITERAL = new RegExp(String.raw`(${SECRET_NAME}["']?\s*[=:]\s*)("[^"]*"?|'[^']*'?)`, 'gi');
const HTTP_CREDENTIALS = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const URL_CREDENTIALS = /\/\/[^\s/@]+@/g;
const QUERY_IN_TEXT = /(\/[^\s?"'`]*)\?[\w%.~[\]-]+=[^\s"'`]*/g;
/** A path's parameter may be optional (`/users/:id?`): only what follows the mark makes it a query. */
const QUERY = /\?(?=[\w%.~[&-]).*$/;
/** A key may itself hold brackets and quotes, and a long path is cut in its middle. */
const PATH_KEY = /\["[^"\\]*(?:\\.[^"\\]*)*(?:"\]|$)/g;
const CUT_PATH_KEY = /( \.\.\. )[^["]*"\]/;

/** The event without what it must not tell. Gives back the same object where there is nothing of the kind. */
export function redactEvent(event: TimelineEvent): TimelineEvent {
  switch (event.kind) {
    case 'session-started':
      return { ...event, target: { ...event.target, command: redactText(event.target.command) } };
    case 'connection':
      return { ...event, how: event.how === null ? null : redactText(event.how) };
    case 'blocked': {
      const { route, nativeState } = event;
      return {
        ...event,
        route: redactRoute(route),
        nativeState: nativeState === null ? null : redactText(nativeState),
      };
    }
    case 'cpu-profile':
      return {
        ...event,
        lineTexts: event.lineTexts.map(([node, line, text]) => [node, line, redactSource(text)]),
      };
    case 'requests':
    case 'large-responses':
      return withRoutes(event);
    case 'request-starts':
      return { ...event, routes: event.routes.map(redactRoute) };
    case 'context-samples':
      return { ...event, samples: event.samples.map(withRoute) };
    case 'pools':
      return {
        ...event,
        pools: event.pools.map((pool) => ({
          ...pool,
          name: redactText(pool.name),
          holders: pool.holders.map(withRoute),
          ...(pool.waiters ? { waiters: pool.waiters.map(withRoute) } : {}),
        })),
      };
    case 'outgoing':
      return {
        ...event,
        peers: event.peers.map((peer) => ({
          ...peer,
          peer: redactText(peer.peer),
          routes: peer.routes.map(redactRoute),
        })),
      };
    case 'heap-comparison':
      return {
        ...event,
        holders: event.holders.map((holder) => ({ ...holder, path: redactPath(holder.path) })),
      };
    case 'gap':
      return { ...event, reason: redactText(event.reason) };
    default:
      return event;
  }
}

/** For who wants a recording as it was seen. */
export const keepEvent = (event: TimelineEvent): TimelineEvent => event;

function redactRoute<R extends string | null>(route: R): R {
  return (route === null ? null : route.replace(QUERY, '')) as R;
}

const withRoute = <T extends { readonly route: string | null }>(part: T): T => ({
  ...part,
  route: redactRoute(part.route),
});

const withRoutes = <T extends TimelineEvent & { readonly routes: readonly { readonly route: string }[] }>(
  event: T,
): T => ({ ...event, routes: event.routes.map(withRoute) });

const redactPath = (path: string): string =>
  path.replace(PATH_KEY, `["${LEFT_OUT}"]`).replace(CUT_PATH_KEY, `$1${LEFT_OUT}"]`);

const redactSource = (text: string): string =>
  text.replace(URL_CREDENTIALS, `//${LEFT_OUT}@`).replace(SECRET_LITERAL, `$1${LEFT_OUT}`);

function redactText(text: string): string {
  return text
    .replace(URL_CREDENTIALS, `//${LEFT_OUT}@`)
    .replace(QUERY_IN_TEXT, `$1?${LEFT_OUT}`)
    .replace(SECRET_VALUE, `$1${LEFT_OUT}`)
    .replace(HTTP_CREDENTIALS, `$1 ${LEFT_OUT}`);
}
