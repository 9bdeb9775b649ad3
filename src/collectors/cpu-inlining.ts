/**
 * Gives inlined functions their time back.
 *
 *   V8 says: handler, lines 1-9 of the file, has 20 samples, 18 of them at line 30
 *   line 30 belongs to `digest`, which handler calls by name
 *     -> handler 2 samples, handler > digest 18 samples
 *
 * Up to Node 24, V8 charges a function that its compiler inlined to the caller, but tells the true line. A line
 * outside the charged function names the inlined one if it is in the same file. V8 does not say which file a line
 * is of, so the caller must mention the function by name, directly or through others that were found so.
 */
import type { CpuSamples, Sample, SampledNode } from './cpu-samples.ts';
import { scriptOf } from './cpu-samples.ts';
import type { ScriptFunctions, SourceFunction } from './source-functions.ts';

/** Between a function and one that was inlined into it through others: V8 inlines at most a few levels. */
const MAX_INLINE_DEPTH = 4;
/** A function with everything on one line this long is minified: its lines cannot tell functions apart. */
const MINIFIED_LINE_LENGTH = 300;

/**
 * @param functionsOf the functions of a script by its path; null where they are not known
 */
export function unfoldInlined(
  profile: CpuSamples,
  functionsOf: (script: string) => ScriptFunctions | null,
): CpuSamples {
  const nodes: SampledNode[] = [...profile.nodes];
  const parts = new Map<number, readonly Part[]>();
  for (const [index, node] of profile.nodes.entries()) {
    const script = scriptOf(node);
    if (script === null) continue;
    const functions = functionsOf(script);
    const found = functions === null ? null : partsOf(node, functions);
    if (found === null || found.inlined.length === 0) continue;
    nodes[index] = { ...node, ticks: found.own };
    const shares: Part[] = [{ node: index, ticks: sum(found.own), given: 0 }];
    for (const { callee, ticks } of found.inlined) {
      shares.push({ node: nodes.length, ticks: sum(ticks), given: 0 });
      nodes.push({
        place: { functionName: callee.name, url: node.place.url, line: callee.line, column: callee.column },
        parent: index,
        ticks,
      });
    }
    parts.set(index, shares);
  }
  return {
    ...profile,
    nodes,
    samples: profile.samples.map((sample) => dealOut(sample, parts)),
  };
}

/** A node that gets some of the samples of another: `ticks` is its share, `given` what it has got of it. */
interface Part {
  readonly node: number;
  readonly ticks: number;
  given: number;
}

/**
 * V8 counts hits per line, not per sample, so which sample hit which line is not known: they are dealt out evenly,
 * each to the part that is furthest behind its share. Sums are right; a single sample may be off.
 */
function dealOut(sample: Sample, parts: ReadonlyMap<number, readonly Part[]>): Sample {
  const shares = parts.get(sample.node);
  if (shares === undefined) return sample;
  const behind = (part: Part): number => (part.given + 1) / part.ticks;
  let owed = shares[0] as Part;
  for (const part of shares) if (behind(part) < behind(owed)) owed = part;
  owed.given++;
  return { ...sample, node: owed.node };
}

interface FoundParts {
  readonly own: SampledNode['ticks'];
  readonly inlined: readonly { readonly callee: SourceFunction; readonly ticks: SampledNode['ticks'] }[];
}

/** Null when the node's function cannot be found in the script or its lines cannot tell functions apart. */
function partsOf(node: SampledNode, script: ScriptFunctions): FoundParts | null {
  const self = functionAt(script, node.place.line, node.place.column);
  if (self === null || isMinified(self)) return null;
  const isOwn = (line: number): boolean => line >= self.startLine && line <= self.endLine;
  const byCallee = new Map<SourceFunction, { line: number; ticks: number }[]>();
  for (const tick of node.ticks) {
    if (isOwn(tick.line)) continue;
    const callee = functionOnLine(script, tick.line);
    if (callee === null || !mentions(script, self, callee)) continue;
    byCallee.set(callee, [...(byCallee.get(callee) ?? []), tick]);
  }
  return {
    own: node.ticks.filter((tick) => isOwn(tick.line)),
    inlined: [...byCallee].map(([callee, ticks]) => ({ callee, ticks })),
  };
}

function functionAt(script: ScriptFunctions, line: number, column: number): SourceFunction | null {
  return script.functions.find((each) => each.line === line && each.column === column) ?? null;
}

/** The innermost function around a line; null when several share the line and it could be either. */
function functionOnLine(script: ScriptFunctions, line: number): SourceFunction | null {
  const around = script.functions.filter((each) => each.startLine <= line && each.endLine >= line);
  const innermost = around.at(-1);
  if (innermost === undefined || innermost.name === '') return null;
  const outer = around.at(-2);
  const isNested = outer === undefined || (outer.start <= innermost.start && outer.end >= innermost.end);
  return isNested ? innermost : null;
}

/** Whether a function names another one of its script: that one could be inlined. */
export function mentionsAnother(script: ScriptFunctions, { place }: SampledNode): boolean {
  const self = functionAt(script, place.line, place.column);
  if (self === null) return true;
  const text = script.text.slice(self.start, self.end);
  return script.functions.some(
    (each) => each.name !== '' && each.name !== self.name && calls(text, each.name),
  );
}

/** Whether a function's text names the other as something it calls, itself or through functions that it names. */
function mentions(script: ScriptFunctions, caller: SourceFunction, callee: SourceFunction): boolean {
  let reached = new Set([caller]);
  for (let depth = 0; depth < MAX_INLINE_DEPTH; depth++) {
    const texts = [...reached].map((each) => script.text.slice(each.start, each.end));
    const named = (each: SourceFunction): boolean => texts.some((text) => calls(text, each.name));
    if (named(callee)) return true;
    const next = new Set([...reached, ...script.functions.filter((each) => each.name !== '' && named(each))]);
    if (next.size === reached.size) return false;
    reached = next;
  }
  return false;
}

function calls(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const isWhole = !/[\w$]/.test(text[at - 1] ?? '') && !/[\w$]/.test(text[at + name.length] ?? '');
    if (isWhole) return true;
  }
  return false;
}

function isMinified(self: SourceFunction): boolean {
  return self.startLine === self.endLine && self.end - self.start > MINIFIED_LINE_LENGTH;
}

function sum(ticks: SampledNode['ticks']): number {
  return ticks.reduce((total, tick) => total + tick.ticks, 0);
}
