import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Hmac } from './hmac.ts';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength, size: 'max' }).map((array) => Buffer.from(array));
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });

describe('an HMAC', () => {
  for (const algorithm of ['sha1', 'sha256'] as const) {
    it(`is that of node:crypto for ${algorithm}, for any key and message, one after the other`, () => {
      fc.assert(
        fc.property(bytes(200), fc.array(fc.tuple(ascii, bytes(20_000)), { maxLength: 5 }), (key, messages) => {
          const hmac = new Hmac(algorithm, key);
          for (const [prefix, body] of messages) {
            const expected = createHmac(algorithm, key).update(prefix).update(body).digest();
            assert.equal(hmac.digest(prefix, body, 'hex'), expected.toString('hex'));
            assert.equal(hmac.digest(prefix, body, 'base64'), expected.toString('base64'));
          }
        }),
      );
    });
  }
});
