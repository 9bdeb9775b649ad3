import { describe, expect, it } from 'vitest';
import { parseListenQueues } from '../../src/collectors/process-accounts.ts';

describe('the accept queue', () => {
  it('is the receive queue of the listening sockets of this process', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:240D 00000000:0000 0A 00000000:00000011 00:00000000 00000000  1000        0 111 1
   1: 00000000:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 222 1
   2: 0100007F:1F90 0100007F:C350 01 00000000:000000FF 00:00000000 00000000  1000        0 333 1`;
    expect(parseListenQueues(table, new Set(['111', '333']))).toEqual([17]);
    expect(parseListenQueues('', new Set(['111']))).toEqual([]);
  });
});
