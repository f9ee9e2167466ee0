import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { isSecretsKey, secretsKeyBytes } from './secrets-key.ts';

describe('a key for secrets', () => {
  it('is 32 bytes in hex or base64', () => {
    const bytes = randomBytes(32);
    const hex = bytes.toString('hex');
    for (const text of [hex, hex.toUpperCase(), bytes.toString('base64')]) {
      assert.ok(isSecretsKey(text), text);
      assert.deepEqual(Buffer.from(secretsKeyBytes(text)), bytes);
    }
  });

  it('is nothing else', () => {
    const hex = 'ab'.repeat(32);
    const base64 = `${'A'.repeat(43)}=`;
    const others = ['', hex.slice(1), `${hex}0`, hex.replace('a', 'g'), base64.slice(1), base64.replace('=', 'A')];
    // The last one has bits that belong to no byte: two texts would be one key.
    for (const text of [...others, ` ${hex}`, `${hex}\n`, 'a passphrase', `${'A'.repeat(42)}B=`])
      assert.ok(!isSecretsKey(text), JSON.stringify(text));
  });
});
