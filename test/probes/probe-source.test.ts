import { build } from 'esbuild';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  composeInstallExpression,
  READ_EXPRESSION,
  UNINSTALL_EXPRESSION,
} from '../../src/probes/probe-source.ts';
import { parseProbeReading } from '../../src/probes/probe-wire.ts';
import { until } from './probed-target.ts';

interface ProbeTexts {
  readonly install: string;
  readonly read: string;
  readonly uninstall: string;
}

const fromSources = async (): Promise<ProbeTexts> => ({
  install: composeInstallExpression({ originalDebugPort: null }),
  read: READ_EXPRESSION,
  uninstall: UNINSTALL_EXPRESSION,
});

/** As esbuild puts it into the package: minified syntax, names changed where they collide. */
async function fromBundle(): Promise<ProbeTexts> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { composeInstallExpression, READ_EXPRESSION, UNINSTALL_EXPRESSION } from './src/probes/probe-source.ts';
        globalThis.bundled = {
          install: composeInstallExpression({ originalDebugPort: null }),
          read: READ_EXPRESSION,
          uninstall: UNINSTALL_EXPRESSION,
        };`,
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
  return runInThisContext('globalThis.bundled') as ProbeTexts;
}

describe('the text of the probe', () => {
  it.each([
    ['from the sources', fromSources],
    ['from the bundle', fromBundle],
  ])('%s needs nothing from where it came', async (_, compose) => {
    const { install, read, uninstall } = await compose();
    onTestFinished(() => void runInThisContext(uninstall));
    expect(runInThisContext(install)).toMatchObject({ state: 'installed' });
    const reading = () => parseProbeReading(runInThisContext(read));
    expect(reading()).toMatchObject({ sequence: 1, state: 'pending', loop: null });
    await until(() => (reading()?.loop?.delay.length ?? 0) > 0);
    expect(reading()).toMatchObject({ state: 'live', requests: { inFlight: 0 } });
    runInThisContext(uninstall);
    expect(runInThisContext(read)).toBeNull();
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
