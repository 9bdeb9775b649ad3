import { expect, test } from 'vitest';
import { createAllocationCollector } from '../../src/collectors/allocation-collector.ts';
import { createSourceKnowledge } from '../../src/collectors/cpu-profile.ts';
import { nodeBinary } from '../node-versions.ts';
import { startWatchedService } from './watched-service.ts';

test.each([20, 26])(
  'what a map keeps is charged to the function that puts it there, on Node %i',
  async (major) => {
    const service = await startWatchedService('grows-a-map.mjs', { executable: await nodeBinary(major) });
    const { locator } = createSourceKnowledge(null, process.cwd());
    const sources = { probe: service.probe, locator, isAskedFor: true, mayLook: () => true };
    const { collector, next } = await service.watch((context) => createAllocationCollector(context, sources));
    for (let i = 0; i < 300; i++) expect(await service.answered('/')).toBe(200);
    const { sites } = await next('allocation');
    expect(sites[0]?.liveBytes).toBeGreaterThan(1e6);
    const names = sites[0]?.stack.map((frame) => frame.function);
    expect(names).toContain('remember');
    const place = sites[0]?.stack.find((frame) => frame.function === 'remember');
    expect(place).toMatchObject({
      origin: 'user',
      file: expect.stringMatching(/grows-a-map\.mjs$/),
      line: 6,
    });

    await collector.stop();
    const off = await service.session.call('HeapProfiler.getSamplingProfile');
    expect(off).toMatchObject({ ok: false, error: { kind: 'protocol' } });
  },
);
