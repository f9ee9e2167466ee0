/** Bytes of the key that hashes are made with. */
export const HASH_KEY_BYTES = 8;

/** What two events share when one is a duplicate of the other. The length keeps ('ab', 'c') apart from ('a', 'bc'). */
export function dedupeKeyOf(source: string, messageId: string): string {
  return `${source.length} ${source}${messageId}`;
}

/**
 * Hashes texts to 53 bits, the integers that a double holds, with a key that only the file knows: HalfSipHash-1-3
 * (Aumasson and Bernstein) over UTF-16 code units, the construction that Linux keeps its hash tables with. Whoever
 * may send can choose message ids, names and users, and without a secret they could choose a million that collide,
 * each of which would be looked up for each of the others.
 *
 * A hash only says where to look: rows are compared, so that it being short or weak costs time and nothing else.
 */
export function makeKeyedHash(key: Uint8Array): (text: string) => number {
  const words = new DataView(key.buffer, key.byteOffset, HASH_KEY_BYTES);
  const k0 = words.getInt32(0, true);
  const k1 = words.getInt32(4, true);
  return (text) => halfSipHash(k0, k1, text);
}

const ROUNDS_AFTER = 3;

/** Written as one loop, in which the closing rounds take in nothing, so that the state stays in registers. */
function halfSipHash(k0: number, k1: number, text: string): number {
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  let high = 0;
  const wordCount = (text.length >>> 1) + 1;
  const stepCount = wordCount + 2 * ROUNDS_AFTER;
  for (let step = 0; step < stepCount; step++) {
    const word = step < wordCount ? wordAt(text, step * 2) : 0;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (step === wordCount - 1) v2 ^= 0xee;
    if (step === wordCount + ROUNDS_AFTER - 1) {
      high = (v1 ^ v3) & 0x1fffff;
      v1 ^= 0xdd;
    }
  }
  return high * 2 ** 32 + ((v1 ^ v3) >>> 0);
}

/** Two code units; the last word carries the length's parity and the unit that is left, if any. */
function wordAt(text: string, index: number): number {
  if (index + 1 < text.length) return text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
  return index < text.length ? text.charCodeAt(index) | (1 << 16) : 0;
}
