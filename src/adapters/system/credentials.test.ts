import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemCredentials as credentials } from './credentials.ts';

describe('credentials', () => {
  it('are 32 random bytes in base64url, each others', () => {
    const made = Array.from({ length: 1_000 }, () => credentials.make());
    for (const text of made) assert.match(text, /^[\w-]{43}$/);
    assert.equal(new Set(made).size, 1_000);
  });

  it('are kept by their SHA-256', () => {
    // FIPS 180-2, appendix B.1.
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(Buffer.from(credentials.hashOf('abc'), 'base64url').toString('hex'), abc);
  });
});
