import { expect, it } from 'vitest';
import { adviseAgent } from '../../src/inspector/agent-command.ts';
import { parseUnixSockets } from '../../src/inspector/agent-socket.ts';
import { readProcess } from '../../src/inspector/process-record.ts';
import type { ProcessRecord } from '../../src/inspector/process-record.ts';

const TABLE = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 31337 /run/user/7/loopscope-7/agent-9-0a1b2c3d.sock
0000000000000000: 00000003 00000000 00000000 0001 03 31338 /run/user/7/loopscope-7/agent-9-0a1b2c3d.sock
0000000000000000: 00000002 00000000 00010000 0001 01  4711 @/abstract
0000000000000000: 00000002 00000000 00010000 0001 01 4712 /tmp/with a space.sock
0000000000000000: 00000003 00000000 00000000 0001 03 4713
`;

it('the sockets that listen at a path are read, and neither connections nor abstract names', () => {
  expect(parseUnixSockets(TABLE)).toEqual([
    { path: '/run/user/7/loopscope-7/agent-9-0a1b2c3d.sock', inode: '31337' },
    { path: '/tmp/with a space.sock', inode: '4712' },
  ]);
});

function started(...commandLine: readonly string[]): ProcessRecord {
  const own = readProcess(process.pid);
  if (own === null) throw new Error('a process that cannot see itself');
  // A pid that has no environment to be read: only the arguments count.
  return { ...own, pid: 0, commandLine };
}

it('the advice is the command line that the process was started with, and the agent', () => {
  expect(adviseAgent(started('node', '--disable-sigusr1', 'my server.js', "it's"), 'v22.12.0')).toContain(
    ": node --import loopscope/agent --disable-sigusr1 'my server.js' 'it'\\''s'",
  );
  expect(adviseAgent(started('node', 'server.js'), 'v18.20.0')).toContain(
    ': node --require loopscope/agent server.js',
  );
});

it('what cannot be repeated as a command is advised by the environment', () => {
  for (const service of [started('a title'), started('node', '-e', 'x'.repeat(400))]) {
    expect(adviseAgent(service, 'v22.12.0')).toMatch(/: NODE_OPTIONS='--import loopscope\/agent'$/);
  }
});

it('a process with permissions is told which ones the agent needs, where there are any', () => {
  const service = started('node', '--permission', 'server.js');
  expect(adviseAgent(service, 'v24.1.0')).toContain(
    'node --import loopscope/agent --allow-worker --allow-inspector --permission server.js',
  );
  expect(adviseAgent(service, 'v20.18.0')).toContain('start it without');
});
