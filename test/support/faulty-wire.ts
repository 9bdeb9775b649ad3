/** A wire to a real inspector that can be made to fail: a TCP relay that knows where messages of the service begin. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of a message of the service: `send` sends one, now or later, as often as it likes, or never. */
export type Fault = (message: string, send: (message: string) => void) => void;

export interface FaultyWire {
  readonly port: number;
  /** From now on, until it is given another. At first all passes. */
  fault: Fault;
  /** Sends bytes that are no frame to whoever is connected. */
  babble(bytes: Buffer): void;
  /** Ends every connection without a closing handshake, as a network does. */
  cut(): void;
}

const END_OF_HEAD = '\r\n\r\n';
const TEXT = 0x81;
const OPCODE = 0x0f;

/** @param port of an inspector that is open */
export async function startFaultyWire(port: number): Promise<FaultyWire> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(port, '127.0.0.1');
    clients.add(client);
    client.on('close', () => clients.delete(client));
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => [client, service].forEach((one) => one.destroy()));
    }
    client.pipe(service);
    const read = messageReader(
      (raw) => client.write(raw),
      (message) => wire.fault(message, (sent) => void client.write(frameOf(Buffer.from(sent)))),
    );
    service.on('data', read);
  });
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  onTestFinished(() => {
    cut();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const wire: FaultyWire = {
    port: (server.address() as AddressInfo).port,
    fault: (message, send) => send(message),
    babble: (bytes) => clients.forEach((client) => client.write(bytes)),
    cut,
  };
  return wire;
}

/** Splits what an inspector sends: HTTP and control frames as they are, text frames by message. It never fragments. */
function messageReader(
  pass: (raw: Buffer) => void,
  take: (message: string) => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!upgraded) {
      const end = rest.indexOf(END_OF_HEAD);
      upgraded = end >= 0 && rest.subarray(0, end).includes(' 101 ');
      const head = upgraded ? end + END_OF_HEAD.length : rest.length;
      pass(rest.subarray(0, head));
      rest = rest.subarray(head);
    }
    if (!upgraded) return;
    for (let frame = frameIn(rest); frame !== null; frame = frameIn(rest)) {
      const whole = rest.subarray(0, frame.end);
      if (((whole[0] ?? 0) & OPCODE) === (TEXT & OPCODE)) take(whole.toString('utf8', frame.start));
      else pass(whole);
      rest = rest.subarray(frame.end);
    }
  };
}

/** Where the payload of the first frame starts and ends (RFC 6455, 5.2; a server's frames are unmasked). */
function frameIn(bytes: Buffer): { readonly start: number; readonly end: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return null;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  return bytes.length < start + length ? null : { start, end: start + length };
}

function frameOf(payload: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head[0] = TEXT;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
