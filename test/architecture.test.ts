import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  INDEPENDENT_SIBLINGS,
  importCycles,
  importsOf,
  layerOffences,
  readImportGraph,
  siblingOffences,
  type ImportGraph,
} from './import-graph.ts';

const REPOSITORY = join(import.meta.dirname, '..');

const graphOf = (edges: Record<string, string[]>): ImportGraph => new Map(Object.entries(edges));

describe('the sources', () => {
  it('import only from layers above their own', async () => {
    expect(layerOffences(await readImportGraph(REPOSITORY))).toEqual([]);
  });

  it('keep collectors, detectors and screens ignorant of each other', async () => {
    expect(siblingOffences(await readImportGraph(REPOSITORY))).toEqual([]);
  });

  it('hold several of each kind of sibling that the rule is about', async () => {
    const files = [...(await readImportGraph(REPOSITORY)).keys()];
    for (const { folder, member } of INDEPENDENT_SIBLINGS) {
      const members = files.filter((file) => file.startsWith(`${folder}/`) && member.test(file));
      expect(members.length).toBeGreaterThan(3);
    }
  });

  it('import in no circle', async () => {
    expect(importCycles(await readImportGraph(REPOSITORY))).toEqual([]);
  });
});

describe('the rules', () => {
  it('see every way to import a source file', () => {
    const source = `
      import { a } from './a.ts';
      import type { B } from '../model/b.ts';
      import './c.ts';
      export * from './d.ts';
      export type { E } from './e.ts';
      type F = import('./f.ts').F;
      const g = await import('./g.ts');
      import vendor from 'vendor';
      import manifest from '../../package.json' with { type: 'json' };
    `;
    expect(importsOf('src/app/main.ts', source)).toEqual([
      'src/app/a.ts',
      'src/model/b.ts',
      'src/app/c.ts',
      'src/app/d.ts',
      'src/app/e.ts',
      'src/app/f.ts',
      'src/app/g.ts',
    ]);
  });

  it('reject a layer that knows one below it, and name both', () => {
    const graph = graphOf({
      'src/model/stall.ts': ['src/timeline/reduce-timeline.ts', 'src/shared/result.ts'],
    });
    expect(layerOffences(graph)).toEqual([
      'src/model/stall.ts imports src/timeline/reduce-timeline.ts: model stands above timeline and must not know it',
    ]);
  });

  it('reject an import from outside the layers', () => {
    expect(layerOffences(graphOf({ 'src/app/main.ts': ['test/load/server.ts'] }))).toHaveLength(1);
    expect(layerOffences(graphOf({ 'src/helpers/text.ts': ['src/shared/result.ts'] }))).toHaveLength(1);
  });

  it('reject a detector that imports a detector, and let their list import them', () => {
    const graph = graphOf({
      'src/diagnosis/pool-exhausted.ts': ['src/diagnosis/memory-growth.ts', 'src/diagnosis/detector.ts'],
      'src/diagnosis/detectors.ts': ['src/diagnosis/pool-exhausted.ts', 'src/diagnosis/memory-growth.ts'],
    });
    expect(siblingOffences(graph)).toEqual([
      'src/diagnosis/pool-exhausted.ts imports src/diagnosis/memory-growth.ts: one detector must not know another',
    ]);
  });

  it('reject a circle and show its path', () => {
    const graph = graphOf({ 'src/a.ts': ['src/b.ts'], 'src/b.ts': ['src/c.ts'], 'src/c.ts': ['src/b.ts'] });
    expect(importCycles(graph)).toEqual(['src/b.ts -> src/c.ts -> src/b.ts']);
  });
});
