import { describe, expect, it } from 'vitest';
import { unfoldInlined } from '../../src/collectors/cpu-inlining.ts';
import type { CpuSamples } from '../../src/collectors/cpu-samples.ts';
import { parseFunctions } from '../../src/collectors/source-functions.ts';

/** One node, the function that begins at `line:column`, hit on the given lines once per sample of 10 ms. */
function unfold(source: string, line: number, column: number, hits: readonly number[]): CpuSamples {
  const lines = [...new Set(hits)];
  const ticks = lines.map((each) => ({ line: each, ticks: hits.filter((hit) => hit === each).length }));
  const place = { functionName: 'outer', url: '/srv/app/a.js', line, column };
  const samples = hits.map((_, k) => ({ node: 0, timeMs: 10 * (k + 1), weightMs: 10 }));
  const profile = { startMs: 0, endMs: 10 * hits.length, nodes: [{ place, parent: -1, ticks }], samples };
  return unfoldInlined(profile, () => parseFunctions(source));
}

/** Samples by function. */
function counted({ nodes, samples }: CpuSamples): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { node } of samples) {
    const name = nodes[node]?.place.functionName ?? '?';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const SOURCE = `function outer() {
  let x = 0;
  for (let i = 0; i < 1e9; i++) x += middle(i);
  return x;
}
const middle = (i) => {
  return inner(i) + 1;
};
const tools = {
  inner(i) { return i; },
};
const inner = (i) => {
  return i * 3;
};
function stranger(i) {
  return i * 5;
}
`;

describe('time at lines of another function', () => {
  it('is given to that function, under the one that V8 charged', () => {
    const unfolded = unfold(SOURCE, 1, 15, [3, 7, 7, 7, 3, 7, 7, 7]);
    expect(counted(unfolded)).toEqual({ outer: 2, middle: 6 });
    expect(unfolded.nodes[1]).toMatchObject({
      parent: 0,
      place: { functionName: 'middle', line: 6, column: 16 },
    });
  });

  it('is followed through functions that were inlined themselves', () => {
    expect(counted(unfold(SOURCE, 1, 15, [13, 13, 13, 13]))).toEqual({ inner: 4 });
  });

  it('stays when the charged function never mentions the other: the line may be of another file', () => {
    const unfolded = unfold(SOURCE, 1, 15, [16, 16, 16]);
    expect(counted(unfolded)).toEqual({ outer: 3 });
  });

  it('stays when it is the own code, nested functions included', () => {
    const source = 'function outer(list) {\n  return list.map((x) => {\n    return x * 2;\n  });\n}\n';
    const unfolded = unfold(source, 1, 15, [3, 3]);
    expect(counted(unfolded)).toEqual({ outer: 2 });
  });
});

describe('time stays where it is', () => {
  it('when the script is not JavaScript that can be read', () => {
    expect(counted(unfold('const x: number = 1;', 1, 15, [1]))).toEqual({ outer: 1 });
  });

  it('when the function is minified: its lines tell nothing apart', () => {
    const body = 'x=x*31+7;'.repeat(50);
    const source = `function outer(){let x=0;middle(x);${body}return x}\nfunction middle(x){return x}`;
    expect(counted(unfold(source, 1, 15, [2, 2]))).toEqual({ outer: 2 });
  });

  it('when the function does not begin where V8 says', () => {
    expect(counted(unfold(SOURCE, 2, 3, [7, 7]))).toEqual({ outer: 2 });
  });
});
