import { createSocket, type RemoteInfo } from 'node:dgram';
import { Resolver as DnsResolver } from 'node:dns';
import { isIPv4 } from 'node:net';
import type { Resolver } from '../../src/adapters/webhook/address-guard.ts';

/** What a name leads to: addresses (IPv4), or one other name. */
export type NameRecord = readonly string[] | string;

/** A real name server on loopback, with records that a test may change at any moment and that nobody may keep (TTL 0). */
export interface NameServer {
  /** Names in lower case, without a dot at the end. */
  readonly records: Map<string, NameRecord>;
  /** The names that it was asked for, in order. */
  readonly asked: readonly string[];
  /** Asks it anew each time. */
  readonly resolver: Resolver;
  close(): Promise<void>;
}

export async function openNameServer(records: Readonly<Record<string, NameRecord>>): Promise<NameServer> {
  const known = new Map(Object.entries(records));
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const { name, end } = nameIn(query);
    asked.push(name);
    socket.send(answerTo(query.subarray(0, end + 4), name, known), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const dns = new DnsResolver({ tries: 1 });
  dns.setServers([`127.0.0.1:${port}`]);
  return {
    records: known,
    asked,
    resolver: (host, answer) => {
      dns.resolve4(host, (error, addresses) => {
        if (error !== null) answer(error, []);
        else if (addresses.length === 0) answer(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
        else
          answer(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          );
      });
    },
    close: async () =>
      new Promise((resolve) => {
        dns.cancel();
        socket.close(() => {
          resolve();
        });
      }),
  };
}

const HEADER_BYTES = 12;

/** The name of the only question (RFC 1035, section 4.1.2), and where it ends. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** Follows the chain of names as a recursive server does: all of it is in one answer. */
function answerTo(question: Buffer, asked: string, known: ReadonlyMap<string, NameRecord>): Buffer {
  const answers: Buffer[] = [];
  let name = asked;
  for (let record = known.get(name); record !== undefined; record = known.get(name)) {
    if (typeof record !== 'string') {
      const owner = name;
      answers.push(
        ...record.filter(isIPv4).map((address) => recordOf(owner, 1, Buffer.from(address.split('.').map(Number)))),
      );
      break;
    }
    answers.push(recordOf(name, 5, wireName(record)));
    name = record;
    if (answers.length > 16) break;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  question.copy(header, 0, 0, 2);
  // A recursive server's answer; without a record there is no such name (section 4.1.1).
  header.writeUInt16BE(answers.length > 0 ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question.subarray(HEADER_BYTES), ...answers]);
}

/** One resource record of the Internet (section 4.1.3), with a TTL of 0. */
function recordOf(name: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([wireName(name), fixed, data]);
}

function wireName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
