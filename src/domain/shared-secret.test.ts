import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sharedSecretProblem } from './shared-secret.ts';

describe('a shared secret', () => {
  it('may be any text that does not begin with whsec_', () => {
    for (const secret of ['s', 'keep me safe', 'WHSEC_not base64', 'x whsec_', 'whsec', '☃'])
      assert.equal(sharedSecretProblem(secret), null, secret);
  });

  it('may be whsec_ and base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (key) => {
        assert.equal(sharedSecretProblem(`whsec_${Buffer.from(key).toString('base64')}`), null);
      }),
    );
  });

  it('is no base64 after whsec_ when libraries would differ in what it is', () => {
    // Nothing, no base64, base64url, without padding, too much of it, white space, bits left over, something behind it.
    const ends = ['', 'not base64', '-_-_', 'QQ', 'QQ=', 'QQ===', ' QUJD', 'QUJD\n', 'QR==', 'QUJD☃', 'QQ==QQ=='];
    for (const end of ends) {
      const problem = sharedSecretProblem(`whsec_${end}`);
      assert.match(problem ?? '', /`openssl rand -base64 32`/, end);
    }
    assert.doesNotMatch(sharedSecretProblem('whsec_keep-me') ?? '', /keep-me/);
  });
});
