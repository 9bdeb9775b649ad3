/**
 * The gate of `loopscope run`: Node requires this file before the service's first line. It opens the inspector and
 * waits until loopscope has let itself in; then the service starts as if it had not been there. In whatever the
 * service starts itself (workers, children) the variable is gone, and this file does nothing.
 *
 * It is a preloaded file and not `--inspect-brk`, because that option is inherited: forked children and, from Node 20
 * on, worker threads would wait for a debugger that never comes.
 */
import { OWN_OPTIONS_VARIABLE } from './run-environment.ts';

const ownOptions = process.env[OWN_OPTIONS_VARIABLE];
if (ownOptions !== undefined) {
  delete process.env[OWN_OPTIONS_VARIABLE];
  if (ownOptions === '') delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = ownOptions;
  try {
    // Required here, because a Node built without an inspector throws on it, and must run the service all the same.
    const { open } = require('node:inspector') as typeof import('node:inspector');
    const { debugPort } = process;
    open(0, '127.0.0.1', true);
    // A cluster numbers the ports of its workers from this one on.
    process.debugPort = debugPort;
  } catch {
    // The service runs on without being watched; loopscope says so when no inspector appears.
  }
}
