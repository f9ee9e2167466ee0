import { hash } from 'node:crypto';
import { utf8BytesMostOf } from '../../lib/utf8.ts';

/** Both hashes work on blocks of this size (FIPS 180-4). */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;
/** For what is signed before the body: id and time. */
const PREFIX_BYTES_MAX = 512;
const BODY_AT = BLOCK_BYTES + PREFIX_BYTES_MAX;
/** What most bodies need. */
const ROOM_BYTES = 64 * 1024;
/** A larger room is not kept for the next body. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** A body in UTF-8, with room before it, so that it is encoded once for all that is computed over it. */
export class SignableBody {
  #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #end = BODY_AT;
  #text = '';

  /** Of the body, in bytes. */
  get length(): number {
    return this.#end - BODY_AT;
  }

  take(body: string): this {
    if (body === this.#text) return this;
    this.#text = body;
    const needed = BODY_AT + utf8BytesMostOf(body);
    if (needed > this.#room.length || this.#room.length > KEPT_BYTES_MAX)
      this.#room = Buffer.allocUnsafeSlow(Math.max(needed, ROOM_BYTES));
    this.#end = BODY_AT + this.#room.write(body, BODY_AT);
    return this;
  }

  /** A block, a prefix and the body, in one piece. */
  behind(block: Uint8Array, prefix: string): Uint8Array {
    const prefixAt = BODY_AT - prefix.length;
    const blockAt = prefixAt - BLOCK_BYTES;
    if (blockAt < 0) throw new RangeError('a prefix longer than any id and time');
    this.#room.write(prefix, prefixAt, 'latin1');
    this.#room.set(block, blockAt);
    return this.#room.subarray(blockAt, this.#end);
  }
}

const shared = new SignableBody();

/** The body, to be signed at once: the next one takes its place. The same one again is there already. */
export function signable(body: string): SignableBody {
  return shared.take(body);
}

/**
 * HMAC (RFC 2104) with a fixed key: two calls of the one-shot `hash` over buffers that are kept.
 *
 * `createHmac` makes an object outside of the heap for each message, and costs 2.2 µs; this costs 1.3 µs and leaves
 * nothing to collect. Two of them are made for each attempt. A property test compares the two.
 */
export class Hmac {
  readonly #algorithm: keyof typeof DIGEST_BYTES;
  /** The key's inner pad. */
  readonly #inner: Buffer;
  /** The key's outer pad, and behind it the inner hash. */
  readonly #outer: Buffer;

  constructor(algorithm: keyof typeof DIGEST_BYTES, key: Buffer) {
    this.#algorithm = algorithm;
    const block = Buffer.alloc(BLOCK_BYTES);
    (key.length > BLOCK_BYTES ? hash(algorithm, key, 'buffer') : key).copy(block);
    this.#inner = Buffer.from(block.map((byte) => byte ^ 0x36));
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES[algorithm]);
    this.#outer.set(block.map((byte) => byte ^ 0x5c));
  }

  /**
   * @param prefix what comes before the body, in ASCII
   */
  digest(prefix: string, body: SignableBody, encoding: 'base64' | 'hex'): string {
    // As a latin1 string the inner hash costs half of what it does as a buffer of its own.
    const inner = hash(this.#algorithm, body.behind(this.#inner, prefix), 'latin1');
    this.#outer.write(inner, BLOCK_BYTES, 'latin1');
    return hash(this.#algorithm, this.#outer, encoding);
  }
}
