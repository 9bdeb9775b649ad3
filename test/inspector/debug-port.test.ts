import { expect, test } from 'vitest';
import { parseDebugPort } from '../../src/inspector/debug-port.ts';

test.each([
  [[], { port: 9229, openFromStart: false }],
  [['--inspect'], { port: 9229, openFromStart: true }],
  [['--inspect=9400'], { port: 9400, openFromStart: true }],
  [['--inspect=0.0.0.0:0'], { port: 0, openFromStart: true }],
  [['--inspect=[::1]:9500'], { port: 9500, openFromStart: true }],
  [['--inspect-brk=127.0.0.1:9401'], { port: 9401, openFromStart: true }],
  [['--inspect-port=9402'], { port: 9402, openFromStart: false }],
  [['--inspect-port', '9403'], { port: 9403, openFromStart: false }],
  [['--debug-port=9404', '--inspect-port=9405'], { port: 9405, openFromStart: false }],
  [['--inspect-publish-uid=http', '--max-old-space-size=64'], { port: 9229, openFromStart: false }],
])('the options %j say where the inspector would open', (options, expected) => {
  expect(parseDebugPort(options)).toEqual(expected);
});
