/** An IP address as eight 16-bit words. IPv4 is the IPv6 address that maps it, so that all compare in one way. */
export type AddressWords = readonly number[];

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0xffff];

/** @param address IPv6, or IPv4 in dotted decimal; known to be one, and without brackets and zone id */
export function wordsOf(address: string): AddressWords {
  return address.includes(':') ? wordsOfIpv6(address) : wordsOfIpv4(address);
}

export function isIpv4(words: AddressWords): boolean {
  return startsWith(words, MAPPED_PREFIX);
}

/** The IPv4 address whose bits are these. */
export function ipv4Of(high: number, low: number): AddressWords {
  return [...MAPPED_PREFIX, high, low];
}

export function startsWith(words: AddressWords, prefix: readonly number[]): boolean {
  return prefix.every((word, index) => words[index] === word);
}

/**
 * The address that the host of a URL is, or null for a name. Decimal, octal, short and full-width spellings are ones
 * that WHATWG URL has turned into dotted decimal, as the client does that dials it.
 */
export function literalAddressOf({ hostname }: URL): string | null {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null;
}

/** @param texts addresses, or ranges in CIDR notation; known to be well formed */
export function rangesOf(texts: readonly string[]): (words: AddressWords) => boolean {
  const ranges = texts.map(rangeOf);
  return (words) => ranges.some(({ network, bits }) => isWithin(words, network, bits));
}

function rangeOf(text: string): { readonly network: AddressWords; readonly bits: number } {
  const [address = '', given] = text.split('/');
  const bitsOfMapping = address.includes(':') ? 0 : MAPPED_PREFIX.length * 16;
  return { network: wordsOf(address), bits: given === undefined ? 128 : Number(given) + bitsOfMapping };
}

function isWithin(words: AddressWords, network: AddressWords, bits: number): boolean {
  return network.every((word, index) => {
    const free = Math.min(16, Math.max(0, 16 * (index + 1) - bits));
    return word >> free === (words[index] ?? 0) >> free;
  });
}

function wordsOfIpv4(address: string): AddressWords {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return ipv4Of((a << 8) | b, (c << 8) | d);
}

function wordsOfIpv6(address: string): AddressWords {
  // WHATWG URL writes it in one way: hexadecimal words without a dotted part, "::" at most once.
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = normal.split('::');
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16)));
  if (tail === undefined) return words(head);
  const [before, after] = [words(head), words(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}
