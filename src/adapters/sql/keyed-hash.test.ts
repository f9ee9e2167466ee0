import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dedupeKeyOf, makeKeyedHash } from './keyed-hash.ts';

const hash = makeKeyedHash(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));

describe('message id hash', () => {
  it('answers whole numbers below 2^53', () => {
    for (let number = 0; number < 1_000; number++) {
      const hashed = hash(`key ${number}`);
      assert.ok(Number.isSafeInteger(hashed) && hashed >= 0, `${hashed}`);
    }
  });

  it('stays what it is, because segments keep it', () => {
    // Made with a program of its own after the algorithm's authors' reference.
    assert.equal(hash(''), 7_432_599_421_502_664);
    assert.equal(hash('7 websitea'), 7_696_967_067_020_607);
    assert.equal(hash('7 websiteab 😀'), 5_761_599_007_991_500);
  });

  it('differs with the key', () => {
    const other = makeKeyedHash(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9));
    assert.notEqual(hash('7 websitea'), other('7 websitea'));
  });

  it('tells apart texts of every short length that differ in one place or by one more', () => {
    const texts = Array.from({ length: 64 }, (_, length) => 'a'.repeat(length)).flatMap((text) => [
      text,
      `${text}\0`,
      `${text}b`,
      `b${text}`,
    ]);
    const distinct = new Set(texts);
    assert.equal(new Set([...distinct].map(hash)).size, distinct.size);
  });

  it('spreads ids that count over slots as chance would', () => {
    const slots = new Uint32Array(1_024);
    for (let number = 0; number < 102_400; number++) {
      const slot = hash(dedupeKeyOf('src_web', `ajs-next-${number}`)) % slots.length;
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    // 100 each, with a deviation of 10: seven deviations are met once in 10^9 runs of chance.
    assert.ok(Math.max(...slots) < 170 && Math.min(...slots) > 30, `${Math.min(...slots)} to ${Math.max(...slots)}`);
  });

  it('keeps apart sources and message ids that read the same together', () => {
    assert.notEqual(dedupeKeyOf('ab', 'c'), dedupeKeyOf('a', 'bc'));
  });
});
