import { expect, test } from 'vitest';
import { parseSocketTable } from '../../src/inspector/socket-table.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0 100 0 0 10 0
   1: 0100007F:240D 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0 20 4 30 10 -1
`;
const TABLE_6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0 100 0 0 10 0
   1: 00000000000000000000000001000000:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0BBA 00000000000000000000000000000000:0000 06 00000000:00000000 00:00000000 00000000     0        0 43 1 0 100 0 0 10 0
`;

test('the table of IPv4 sockets gives addresses, ports, states and inodes', () => {
  expect(parseSocketTable(TABLE)).toEqual([
    { address: '127.0.0.1', port: 9229, remotePort: 0, state: 'listening', inode: '31337' },
    { address: '127.0.0.1', port: 9229, remotePort: 50_000, state: 'established', inode: '31338' },
  ]);
});

test('the table of IPv6 sockets gives addresses as they are written, mapped IPv4 ones as IPv4', () => {
  expect(parseSocketTable(TABLE_6)).toEqual([
    { address: '::', port: 3000, remotePort: 0, state: 'listening', inode: '41' },
    { address: '::1', port: 3001, remotePort: 0, state: 'listening', inode: '42' },
    { address: '127.0.0.1', port: 3002, remotePort: 0, state: 'other', inode: '43' },
  ]);
});

test('text that is no table gives no sockets', () => {
  expect(parseSocketTable('')).toEqual([]);
  expect(parseSocketTable('sl local\n garbage : : :\n')).toEqual([]);
});
