/**
 * Further parts of the probe, put in only where a signal needs them: each a name, and the text of a function that
 * makes it inside the service. They are removed with the probe, whoever removes it.
 *
 *   extend('pools', text) -> (next turn of the loop) -> expression('pools') + '.read()'
 */
import { OWN_SCRIPT_PREFIX } from '../model/code-frame.ts';
import type { InspectorSession } from '../inspector/session.ts';

/** Where the probes of all loopscopes hang in a service. */
export const REGISTRY_SYMBOL = 'loopscope.probe';

/** This loopscope among all that may be attached to one service: each has a probe of its own. */
export const PROBE_OWNER = globalThis.crypto.randomUUID();

/** Evaluates to this loopscope's own probe, or to undefined when it is not installed. */
export const PROBE_EXPRESSION = `globalThis[Symbol.for(${JSON.stringify(REGISTRY_SYMBOL)})]?.probes[${JSON.stringify(PROBE_OWNER)}]`;

/** Whether a probe is in the service, of whichever loopscope: its lease, or who left it there, removes it. */
export async function isProbeInstalled(session: InspectorSession): Promise<boolean> {
  const probes = `globalThis[Symbol.for(${JSON.stringify(REGISTRY_SYMBOL)})]`;
  const answer = await session.evaluate<boolean>(`${probes} !== undefined${ownScript('look')}`);
  return answer.ok && answer.value;
}

/** A blocked service must not hold up our leaving; what is left goes with the probe. */
const REMOVED_WITHIN_MS = 2000;

/** Ends an expression of ours, so that profiles and stacks know it. */
export const ownScript = (name: string): string => `\n//# sourceURL=${OWN_SCRIPT_PREFIX}${name}`;

/** Evaluates to the extension, or to undefined when it, or the whole probe, is not there. */
export const extensionExpression = (name: string): string =>
  `${PROBE_EXPRESSION}?.extensions[${JSON.stringify(name)}]`;

/**
 * Puts an extension in, in the place of one of the same name. `create` is the text of a function of an
 * `ExtensionHost`. It is there from the loop's next turn on; false when there is no probe to extend.
 */
export async function extendProbe(session: InspectorSession, name: string, create: string): Promise<boolean> {
  const answer = await session.evaluate<boolean>(
    `(${PROBE_EXPRESSION}?.extend(${JSON.stringify(name)}, ${create}), ${PROBE_EXPRESSION} !== undefined)${ownScript(name)}`,
  );
  return answer.ok && answer.value;
}

/** Takes an extension out; does nothing when it is not there. */
export async function removeExtension(session: InspectorSession, name: string): Promise<void> {
  const take = '(all, name) => { all?.[name]?.remove(); if (all) delete all[name]; }';
  await session.evaluate(
    `void (${take})(${PROBE_EXPRESSION}?.extensions, ${JSON.stringify(name)})${ownScript(name)}`,
    { timeoutMs: REMOVED_WITHIN_MS },
  );
}
