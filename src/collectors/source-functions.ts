/**
 * Where the functions of a script begin and end, and what they are called.
 *
 *   function outer() {        // 1
 *     return inner(1);        // 2
 *   }                         // 3
 *   const inner = (x) => {    // 4
 *     return x + 1;           // 5
 *   };                        // 6
 *     -> outer 1-3, inner 4-6
 *
 * Needed to undo inlining: V8 charges an inlined function's time to its caller, but the line hit stays the true one.
 */
import { parse } from 'acorn';
import { createSourceCache } from './source-cache.ts';
import type { SourceFiles } from './source-files.ts';

export interface SourceFunction {
  /** '' when it has none. */
  readonly name: string;
  /** Where V8 says that the function begins: its parameters. From 1. */
  readonly line: number;
  readonly column: number;
  readonly startLine: number;
  readonly endLine: number;
  readonly start: number;
  readonly end: number;
}

export interface ScriptFunctions {
  readonly text: string;
  readonly functions: readonly SourceFunction[];
}

export interface SourceFunctions {
  /** Null when the script cannot be read, is too large, or is not plain JavaScript. */
  of(script: string): Promise<ScriptFunctions | null>;
}

/** Parsing 1 MB takes about 100 ms here, in loopscope, while nothing is drawn. */
const MAX_PARSED_CHARACTERS = 1024 * 1024;
const MAX_CACHED_CHARACTERS = 8 * 1024 * 1024;

export function createSourceFunctions(files: SourceFiles): SourceFunctions {
  const cache = createSourceCache(
    async (script) => {
      const text = await files.read(script);
      return text === null || text.length > MAX_PARSED_CHARACTERS ? null : parseFunctions(text);
    },
    (script) => script.text.length,
    MAX_CACHED_CHARACTERS,
  );
  return { of: (script) => cache.get(script) };
}

/** The innermost named function around a position (lines and columns from 1), or null at the top of the script. */
export function enclosingFunction(script: ScriptFunctions, line: number, column: number): string | null {
  return functionsAround(script, line, column).findLast((each) => each.name !== '')?.name ?? null;
}

/** The innermost function around a position, named or not; null at the top of the script. */
export function functionAround(script: ScriptFunctions, line: number, column: number): SourceFunction | null {
  return functionsAround(script, line, column).at(-1) ?? null;
}

/** Outermost first. */
function functionsAround(script: ScriptFunctions, line: number, column: number): readonly SourceFunction[] {
  let lineStart = 0;
  for (let at = 1; at < line; at++) lineStart = script.text.indexOf('\n', lineStart) + 1;
  const offset = lineStart + column - 1;
  return script.functions.filter((each) => each.start <= offset && offset < each.end);
}

/** What acorn's tree is here: nodes with any properties, some of which are nodes again. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: {
    readonly start: { readonly line: number; readonly column: number };
    readonly end: { readonly line: number };
  };
  readonly [property: string]: unknown;
}

/** Parses a script or module; null when it is not JavaScript that acorn knows. */
export function parseFunctions(text: string): ScriptFunctions | null {
  const program = parseAs(text, 'module') ?? parseAs(text, 'script');
  if (program === null) return null;
  const functions: SourceFunction[] = [];
  const open: { readonly node: SyntaxNode; readonly name: string }[] = [{ node: program, name: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, name } = next;
    if (isFunction(node)) functions.push(functionFrom(node, name, text));
    for (const [property, value] of Object.entries(node)) {
      const child =
        property === 'value' || property === 'init' || property === 'right' ? nameGivenBy(node) : '';
      for (const each of Array.isArray(value) ? value : [value]) {
        if (isNode(each)) open.push({ node: each, name: child });
      }
    }
  }
  return { text, functions: functions.toSorted((a, b) => a.start - b.start) };
}

function parseAs(text: string, sourceType: 'module' | 'script'): SyntaxNode | null {
  try {
    return parse(text, {
      ecmaVersion: 'latest',
      sourceType,
      locations: true,
      allowHashBang: true,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: sourceType === 'module',
    }) as unknown as SyntaxNode;
  } catch {
    return null;
  }
}

function functionFrom(node: SyntaxNode, given: string, text: string): SourceFunction {
  const own = isNode(node['id']) ? String(node['id']['name']) : given;
  const begins = node.type === 'ArrowFunctionExpression' ? node.start : text.indexOf('(', node.start);
  const lineStart = text.lastIndexOf('\n', begins - 1) + 1;
  return {
    name: own,
    line: node.loc.start.line + text.slice(node.start, begins).split('\n').length - 1,
    column: begins - lineStart + 1,
    startLine: node.loc.start.line,
    endLine: node.loc.end.line,
    start: node.start,
    end: node.end,
  };
}

/** The name that an anonymous function takes from what it is assigned to: a variable, a property, a method. */
function nameGivenBy(node: SyntaxNode): string {
  const target = node['id'] ?? node['key'] ?? node['left'];
  if (!isNode(target) || node['computed'] === true) return '';
  const named = target.type === 'MemberExpression' ? target['property'] : target;
  const name = isNode(named) ? (named['name'] ?? named['value']) : null;
  return typeof name === 'string' ? name : '';
}

function isFunction(node: SyntaxNode): boolean {
  return node.type.endsWith('FunctionExpression') || node.type === 'FunctionDeclaration';
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}
