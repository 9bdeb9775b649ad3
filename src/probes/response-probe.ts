/** The response meter as an extension of the probe: its text, and where it answers. */
import { extensionExpression } from './extension.ts';
import { createResponseMeter } from './in-service/response-meter.ts';

export const RESPONSES = 'responses';

/** Text of a function of an `ExtensionHost`. Route names are the service's own, quoted as JSON. */
export const responseMeterText = (routes: readonly string[], fromBytes: number): string =>
  `(host) => (${String(createResponseMeter)})(host, ${JSON.stringify({ routes, fromBytes })})`;

export const READ_RESPONSES_EXPRESSION = `${extensionExpression(RESPONSES)}?.read() ?? null`;
