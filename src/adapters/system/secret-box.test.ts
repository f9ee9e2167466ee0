import assert from 'node:assert/strict';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { makeSecretBox } from './secret-box.ts';

const bytes = randomBytes(32);
const box = makeSecretBox({ bytes, name: '/data/secrets.key' });

function partsOf(sealed: string): Buffer {
  return Buffer.from(sealed.replace('sealed:v1:', ''), 'base64url');
}

describe('a text that is sealed by AES-256-GCM', () => {
  it('is nonce, ciphertext and tag, as any other program would open it', () => {
    const sealed = partsOf(box.seal('geheim', 'destination/crm/sharedSecret'));
    const decipher = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, 12));
    decipher.setAAD(Buffer.from('destination/crm/sharedSecret')).setAuthTag(sealed.subarray(-16));
    const opened = decipher.update(sealed.subarray(12, -16)).toString() + decipher.final().toString();
    assert.equal(opened, '"geheim"');
  });

  it('has a nonce that no other has', () => {
    const nonces = Array.from({ length: 20_000 }, () => partsOf(box.seal('', '')).subarray(0, 12).toString('hex'));
    assert.equal(new Set(nonces).size, nonces.length);
  });

  it('is refused with where the key is from, and never what it is', () => {
    assert.throws(
      () => box.open(box.seal('hidden', 'a'), 'b'),
      (error: Error) => {
        assert.match(error.message, /another key than that of \/data\/secrets\.key/);
        assert.doesNotMatch(inspect(error, { depth: 9 }), /hidden/);
        return true;
      },
    );
    assert.ok(!inspect(box, { depth: 9, showHidden: true }).includes(bytes.toString('hex')));
  });
});
