import { BlockList, isIP } from 'node:net';

/** What a range of addresses is for, where that is anything but the public Internet. */
export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'shared'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'benchmarking'
  | 'reserved';

/** IANA's IPv4 and IPv6 Special-Purpose Address Registries. In a list of kinds, the first range that matches counts. */
const RANGES: readonly (readonly [AddressKind, ...(readonly string[])])[] = [
  ['unspecified', '0.0.0.0/8', '::/128'],
  ['loopback', '127.0.0.0/8', '::1/128'],
  // fd00:ec2::254 and the like are unique local; fec0::/10 was site-local once; 64:ff9b:1::/48 is a network's own NAT64.
  ['private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10', '64:ff9b:1::/48'],
  ['link-local', '169.254.0.0/16', 'fe80::/10'],
  ['shared', '100.64.0.0/10'],
  ['broadcast', '255.255.255.255/32'],
  ['multicast', '224.0.0.0/4', 'ff00::/8'],
  ['documentation', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ['benchmarking', '198.18.0.0/15', '2001:2::/48'],
  // Protocol assignments, the old 6to4 relays, the future; in IPv6 also the discard prefix and segment routing.
  ['reserved', '192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4', '2001::/23', '100::/64', '5f00::/16'],
];
const LISTS = RANGES.map(([kind, ...ranges]) => ({ kind, list: listOf(ranges) }));
/** All that IANA has given out as unicast: what is outside is nobody's, today. */
const globalUnicast = listOf(['2000::/3']);

/** @param ranges addresses, or ranges in CIDR notation; already checked by the configuration */
export function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = familyOf(address);
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return list;
}

export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/**
 * What an address is for, or null when it is public. One that carries an IPv4 address inside is as public as that one,
 * since a router or a gateway on the way may unwrap it.
 *
 * @param address in any spelling that `node:net` takes, without a zone id
 */
export function kindOf(address: string): AddressKind | null {
  const family = familyOf(address);
  if (family === 'ipv6') {
    const inner = wrappedIn(address);
    if (inner.length > 0) return inner.map(kindOf).find((kind) => kind !== null) ?? null;
  }
  const special = LISTS.find(({ list }) => list.check(address, family));
  if (special !== undefined) return special.kind;
  return family === 'ipv4' || globalUnicast.check(address, 'ipv6') ? null : 'reserved';
}

/** The IPv4 addresses inside an IPv6 address: usually none, one where it is a wrapper, two in Teredo. */
export function wrappedIn(address: string): readonly string[] {
  const words = wordsOf(address);
  const startsWith = (...prefix: readonly number[]): boolean => prefix.every((word, index) => words[index] === word);
  const [, first = 0, second = 0, third = 0] = words;
  const [last = 0, beforeLast = 0] = words.toReversed();
  // ::ffff:a.b.c.d (IPv4-mapped), and 64:ff9b::a.b.c.d (NAT64, RFC 6052)
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return [dotted(beforeLast, last)];
  // ::a.b.c.d (IPv4-compatible), which :: and ::1 only look like
  if (startsWith(0, 0, 0, 0, 0, 0)) return beforeLast === 0 && last <= 1 ? [] : [dotted(beforeLast, last)];
  // 2002:a.b.c.d::/48 (6to4)
  if (startsWith(0x2002)) return [dotted(first, second)];
  // 2001::/32 (Teredo, RFC 4380): the server, and the client with all bits flipped
  if (startsWith(0x2001, 0)) return [dotted(second, third), dotted(beforeLast ^ 0xffff, last ^ 0xffff)];
  return [];
}

/** The eight 16-bit words of an IPv6 address. */
function wordsOf(address: string): readonly number[] {
  // WHATWG URL writes it in one way: hexadecimal words without a dotted part, "::" at most once.
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = normal.split('::');
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16)));
  if (tail === undefined) return words(head);
  const [before, after] = [words(head), words(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
