import { type AddressWords, ipv4Of, isIpv4, rangesOf, startsWith } from './ip-address.ts';

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
const KINDS = RANGES.map(([kind, ...ranges]) => ({ kind, isIn: rangesOf(ranges) }));
/** All that IANA has given out as unicast: what is outside is nobody's, today. */
const isGlobalUnicast = rangesOf(['2000::/3']);

/**
 * What an address is for, or null when it is public. One that carries an IPv4 address inside is as public as that one,
 * since a router or a gateway on the way may unwrap it.
 */
export function kindOf(address: AddressWords): AddressKind | null {
  const inner = wrappedIn(address);
  if (inner.length > 0) return inner.map(kindOf).find((kind) => kind !== null) ?? null;
  const special = KINDS.find(({ isIn }) => isIn(address));
  if (special !== undefined) return special.kind;
  return isIpv4(address) || isGlobalUnicast(address) ? null : 'reserved';
}

/**
 * The IPv4 addresses inside an IPv6 address: usually none, one where it is a wrapper, two in Teredo. An IPv4-mapped
 * address wraps none: it is that IPv4 address.
 */
export function wrappedIn(address: AddressWords): readonly AddressWords[] {
  const [, first = 0, second = 0, third = 0] = address;
  const [last = 0, beforeLast = 0] = address.toReversed();
  // 64:ff9b::a.b.c.d (NAT64, RFC 6052)
  if (startsWith(address, [0x64, 0xff9b, 0, 0, 0, 0])) return [ipv4Of(beforeLast, last)];
  // ::a.b.c.d (IPv4-compatible), which :: and ::1 only look like
  if (startsWith(address, [0, 0, 0, 0, 0, 0])) return beforeLast === 0 && last <= 1 ? [] : [ipv4Of(beforeLast, last)];
  // 2002:a.b.c.d::/48 (6to4)
  if (startsWith(address, [0x2002])) return [ipv4Of(first, second)];
  // 2001::/32 (Teredo, RFC 4380): the server, and the client with all bits flipped
  if (startsWith(address, [0x2001, 0])) {
    return [ipv4Of(second, third), ipv4Of(beforeLast ^ 0xffff, last ^ 0xffff)];
  }
  return [];
}
