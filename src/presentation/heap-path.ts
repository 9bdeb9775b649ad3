/**
 * Where an object hangs, in the syntax of the program where it has one, and what it is called there.
 *
 *   globalThis.tracker.pending
 *   globalThis.leak > serve() lib/serve.mjs:5 > variable handle
 */
import type { GrowthHolder, HeapObject, RetainingStep } from '../model/heap-snapshot.ts';

/** A longer path is read from its two ends. */
const LONGEST_PATH = 140;

/** From the root to what the last step holds; '' for the root itself. */
export function formatRetainingPath(path: readonly RetainingStep[]): string {
  let text = path[0] ? formatObjectName(path[0].object) : '';
  path.forEach(({ object, edge, name }, index) => {
    const isFunction = index > 0 && object.name.includes('()');
    if (isFunction) text += ` > ${formatObjectName(object)}`;
    if (edge === 'property') text += /^#?[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    else if (edge === 'element') text += `[${name}]`;
    else if (edge === 'entry') text += `[${JSON.stringify(name)}]`;
    else if (edge === 'variable') text += ` > variable ${name}`;
    else if (!isFunction && name !== 'context') text += `.<${name}>`;
  });
  if (text.length <= LONGEST_PATH) return text;
  return `${text.slice(0, LONGEST_PATH / 3)} ... ${text.slice((-LONGEST_PATH * 2) / 3)}`;
}

/** What an object is called in a sentence: `Map`, `onPrice() lib/feed.mjs:13`, `variables` for a context. */
export function formatObjectName(object: HeapObject): string {
  return isContext(object)
    ? formatConstructor(object.constructor)
    : object.name.replace(LONG_PLACE, shortPlace);
}

/** V8's record of the variables that a function leaves to the functions in it. */
export const isContext = ({ constructor }: HeapObject): boolean => constructor.startsWith(CONTEXT);

const CONTEXT = 'system / Context';

/** A class as a person calls it. */
export const formatConstructor = (name: string): string => (name.startsWith(CONTEXT) ? 'variables' : name);

/** A function's name ends with its place; two parts of the path name the file well enough. */
const LONG_PLACE = /(?<=\(\) )(?:file:\/\/)?\/\S*?([^/\s]+\/[^/\s]+:\d+)$/;
const shortPlace = (_whole: string, place: string): string => place;

/** `Map at globalThis.tracker.pending`. */
export function formatHeldAt(object: HeapObject, path: readonly RetainingStep[]): string {
  const name = formatObjectName(object);
  return path.length === 0 ? name : `${name} at ${formatRetainingPath(path)}`;
}

/** ` in variable pending`: a context holds through its variables, and which one it is says more than the context. */
export function formatThrough({ object }: GrowthHolder, via: readonly RetainingStep[]): string {
  const [first] = via;
  const tells = first !== undefined && first.object.id === object.id;
  if (!tells || (first.edge !== 'variable' && first.edge !== 'property')) return '';
  return ` in ${first.edge} ${first.name}`;
}
