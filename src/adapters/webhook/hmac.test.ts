import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Hmac, signable } from './hmac.ts';

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength, size: 'max' }).map((array) => Buffer.from(array));
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength, size: 'max' }).map((any) => any.toWellFormed());
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });

describe('an HMAC', () => {
  for (const algorithm of ['sha1', 'sha256'] as const) {
    it(`is that of node:crypto for ${algorithm}, for any key and message, one after the other`, () => {
      fc.assert(
        fc.property(bytes(200), fc.array(fc.tuple(ascii, text(20_000)), { maxLength: 5 }), (key, messages) => {
          const hmac = new Hmac(algorithm, key);
          for (const [prefix, body] of messages) {
            const expected = createHmac(algorithm, key).update(prefix).update(body).digest();
            assert.equal(hmac.digest(prefix, signable(body), 'hex'), expected.toString('hex'));
            assert.equal(hmac.digest(prefix, signable(body), 'base64'), expected.toString('base64'));
          }
        }),
      );
    });
  }

  it('is that of each key where several sign the same body', () => {
    const body = signable('{"a":"ü"}');
    const [one, other] = [new Hmac('sha1', Buffer.from('one')), new Hmac('sha256', Buffer.from('other'))];
    const digests = [one.digest('', body, 'hex'), other.digest('evt_1.1.', body, 'hex'), one.digest('', body, 'hex')];
    const expected = createHmac('sha1', 'one').update('{"a":"ü"}').digest('hex');
    const ofOther = createHmac('sha256', 'other').update('evt_1.1.{"a":"ü"}').digest('hex');
    assert.deepEqual(digests, [expected, ofOther, expected]);
  });
  it('is right for a short body after one of several megabytes', () => {
    const hmac = new Hmac('sha256', Buffer.from('key'));
    for (const body of ['x'.repeat(3_000_000), 'y', '☃'.repeat(100_000)])
      assert.equal(hmac.digest('', signable(body), 'hex'), createHmac('sha256', 'key').update(body).digest('hex'));
  });
});
