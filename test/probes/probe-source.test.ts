import { build } from 'esbuild';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import {
  composeInstallExpression,
  READ_EXPRESSION,
  UNINSTALL_EXPRESSION,
} from '../../src/probes/probe-source.ts';
import { parseProbeReading } from '../../src/probes/probe-wire.ts';
import { until } from './probed-target.ts';

/** As esbuild puts it into the package: minified syntax, names changed where they collide. */
async function bundledInstallExpression(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { composeInstallExpression } from './src/probes/probe-source.ts';
        globalThis.bundledExpression = composeInstallExpression({ originalDebugPort: null });`,
      resolveDir: join(import.meta.dirname, '..', '..'),
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'node',
    target: 'node20.18',
    minifySyntax: true,
  });
  runInThisContext(outputFiles[0]!.text);
  return runInThisContext('globalThis.bundledExpression') as string;
}

afterEach(() => void runInThisContext(UNINSTALL_EXPRESSION));

describe('the text of the probe', () => {
  it.each([
    ['from the sources', async () => composeInstallExpression({ originalDebugPort: null })],
    ['from the bundle', bundledInstallExpression],
  ])('%s needs nothing from where it came', async (_, compose) => {
    expect(runInThisContext(await compose())).toMatchObject({ state: 'installed' });
    const read = () => parseProbeReading(runInThisContext(READ_EXPRESSION));
    expect(read()).toMatchObject({ sequence: 1, state: 'pending', loop: null });
    await until(() => (read()?.loop?.delay.length ?? 0) > 0);
    expect(read()).toMatchObject({ state: 'live', requests: { inFlight: 0 } });
    runInThisContext(UNINSTALL_EXPRESSION);
    expect(runInThisContext(READ_EXPRESSION)).toBeNull();
  });

  it('is the same for the same options, whatever ran before', () => {
    const options = { originalDebugPort: 9229, leaseMs: 1000 };
    expect(composeInstallExpression(options)).toBe(composeInstallExpression(options));
  });

  it('takes nothing but whole numbers', () => {
    const text = '1); process.exit(' as unknown as number;
    expect(() => composeInstallExpression({ originalDebugPort: text })).toThrow(RangeError);
    expect(() => composeInstallExpression({ originalDebugPort: null, leaseMs: 0.5 })).toThrow(RangeError);
  });
});
