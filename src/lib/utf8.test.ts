import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { utf8BytesOf } from './utf8.ts';

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
