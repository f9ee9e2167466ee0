import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutToUtf8, utf8BytesOf } from './utf8.ts';

describe('utf8BytesOf', () => {
  it('counts what encoding makes, for any text and lone surrogates too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(utf8BytesOf(text), Buffer.byteLength(text));
      }),
    );
    for (const text of ['', 'é', '€', '😀', '\ud83d', '\ude00', '\ud83d\ud83d\ude00', '\ude00\ud83d']) {
      assert.equal(utf8BytesOf(text), Buffer.byteLength(text), JSON.stringify(text));
    }
  });
});

describe('cutToUtf8', () => {
  it('is as much of a text as has room, and never half a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, bytesMax) => {
        const cut = cutToUtf8(text, bytesMax);
        assert.ok(text.startsWith(cut) && cut.isWellFormed());
        assert.ok(Buffer.byteLength(cut) <= bytesMax);
        const [next = ''] = text.slice(cut.length);
        assert.ok(next === '' || Buffer.byteLength(cut + next) > bytesMax);
      }),
    );
  });
});
