/**
 * Who imports whom in the sources, types included, and the rules that the layers of the design put on it.
 *
 *   { 'src/model/finding.ts': ['src/shared/result.ts'] }  ->  no offence: `shared` stands above `model`
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** Importers by path, relative to the repository; what they import by path, packages left out. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** A folder imports only from folders above it in this list. */
const LAYERS = [
  'shared',
  'model',
  'inspector',
  'probes',
  'heap',
  'collectors',
  'timeline',
  'diagnosis',
  'presentation',
  'views',
  'exports',
  'agent',
  'load',
  'app',
];

/** One detector a file, named by the kind of finding that it makes. */
const DETECTOR_FILE =
  /\/(event-loop-\w+|pool-exhausted|background-work|\w+-saturated|memory-(growth|limit)|gc-pressure|large-responses|slow-dependency)\.ts$/;

/** Siblings that must not know each other, recognised by their names. What is common to them is in other files. */
export const INDEPENDENT_SIBLINGS = [
  { folder: 'src/collectors', member: /-collector\.ts$/, noun: 'collector' },
  { folder: 'src/diagnosis', member: DETECTOR_FILE, noun: 'detector' },
  { folder: 'src/views/screens', member: /\.tsx$/, noun: 'screen' },
] as const;

/** Reads the import graph of every `.ts` and `.tsx` file below `src` of a repository. */
export async function readImportGraph(repository: string): Promise<ImportGraph> {
  const entries = await readdir(join(repository, 'src'), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)));
  const imports = files.toSorted().map(async (file) => {
    const source = await readFile(join(repository, file), 'utf8');
    return [file, importsOf(file, source)] as const;
  });
  return new Map(await Promise.all(imports));
}

/** The sources that one source imports: statically, dynamically, re-exported, or for a type only. */
export function importsOf(file: string, source: string): readonly string[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message ?? ''}`);
  const specifiers = new Set<string>();
  const note = (node: { source: unknown }): void => {
    const { value } = (node.source ?? {}) as { value?: unknown };
    if (typeof value === 'string') specifiers.add(value);
  };
  new Visitor({
    ImportDeclaration: note,
    ImportExpression: note,
    ExportAllDeclaration: note,
    ExportNamedDeclaration: note,
    TSImportType: note,
  }).visit(program);
  return [...specifiers]
    .filter((specifier) => /^\..*\.tsx?$/.test(specifier))
    .map((specifier) => normalize(join(dirname(file), specifier)));
}

/** Imports that point to a lower layer of the list, or to no layer at all. */
export function layerOffences(graph: ImportGraph): string[] {
  return edges(graph).flatMap(([from, to]) => {
    const [fromLayer, toLayer] = [layerOf(from), layerOf(to)];
    if (fromLayer === -1) return [`${from}: its folder is not in the list of layers (test/import-graph.ts)`];
    if (toLayer === -1) return [`${from} imports ${to}: outside the layers of src`];
    if (toLayer <= fromLayer) return [];
    return [
      `${from} imports ${to}: ${LAYERS[fromLayer]} stands above ${LAYERS[toLayer]} and must not know it`,
    ];
  });
}

/** Collectors, detectors and screens that import another of their kind. */
export function siblingOffences(graph: ImportGraph): string[] {
  return edges(graph).flatMap(([from, to]) =>
    INDEPENDENT_SIBLINGS.filter(({ folder, member }) =>
      [from, to].every((file) => file.startsWith(`${folder}/`) && member.test(file)),
    ).map(({ noun }) => `${from} imports ${to}: one ${noun} must not know another`),
  );
}

/** Each cycle of imports once, as the path that closes it. */
export function importCycles(graph: ImportGraph): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) {
      cycles.push([...path.slice(start), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const imported of graph.get(file) ?? []) walk(imported, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return cycles;
}

function edges(graph: ImportGraph): (readonly [from: string, to: string])[] {
  return [...graph].flatMap(([from, imported]) => imported.map((to) => [from, to] as const));
}

function layerOf(file: string): number {
  const [root, folder] = file.split('/');
  return root === 'src' ? LAYERS.indexOf(folder ?? '') : -1;
}
