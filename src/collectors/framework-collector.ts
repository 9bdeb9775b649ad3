/** Lets routes go by the names that frameworks without a trace on the request have for them: it tells no events. */
import type { ExtensionReader, FollowedExtension } from '../probes/extension-reader.ts';
import { FRAMEWORK_ROUTES_TEXT, FRAMEWORKS } from '../probes/framework-probe.ts';
import type { Collector } from './collector.ts';

export function createFrameworkCollector(extensions: ExtensionReader): Collector {
  let followed: FollowedExtension | null = null;
  return {
    name: 'frameworks',
    start() {
      followed ??= extensions.follow(FRAMEWORKS, FRAMEWORK_ROUTES_TEXT, () => {});
      return Promise.resolve();
    },
    async stop() {
      await followed?.leave();
    },
  };
}
