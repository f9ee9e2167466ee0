import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSecretsKey, type SecretsKey } from './secrets-key.ts';

describe('the key of the secrets', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-key-'));
    file = join(folder, 'secrets.key');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function open(more: Partial<Parameters<typeof openSecretsKey>[0]> = {}): SecretsKey {
    return openSecretsKey({ configured: null, file, mayMake: true, ...more });
  }

  function hexOf({ bytes }: SecretsKey): string {
    return Buffer.from(bytes).toString('hex');
  }

  it('is made once, for its owner alone', () => {
    const key = open();
    assert.equal(key.bytes.length, 32);
    assert.equal(key.name, file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(readFileSync(file, 'utf8'), `${hexOf(key)}\n`);
    assert.equal(hexOf(open()), hexOf(key));
    assert.equal(hexOf(open({ mayMake: false })), hexOf(key));
    assert.notEqual(hexOf(open({ file: join(folder, 'other') })), hexOf(key));
  });

  it('is what the configuration says, and then no file is made or read', () => {
    const bytes = randomBytes(32);
    const key = open({ configured: bytes.toString('base64') });
    assert.deepEqual(
      { ...key, bytes: hexOf(key) },
      { bytes: bytes.toString('hex'), name: 'the setting `secrets.key`' },
    );
    assert.deepEqual(readdirSync(folder), []);
    writeFileSync(file, 'no key');
    assert.equal(hexOf(open({ configured: bytes.toString('hex') })), bytes.toString('hex'));
  });

  it('may be written by hand, in hex or base64', () => {
    const bytes = randomBytes(32);
    for (const text of [`${bytes.toString('base64')}\n`, `  ${bytes.toString('hex').toUpperCase()}\r\n`]) {
      writeFileSync(file, text, { mode: 0o600 });
      assert.equal(hexOf(open()), bytes.toString('hex'));
    }
  });

  it('is not made where one was and is gone', () => {
    assert.throws(() => open({ mayMake: false }), {
      code: 'secrets_key_missing',
      message: /secrets\.key is not there/,
    });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is made anew over what a crash left of one', () => {
    writeFileSync(`${file}.new`, 'half');
    open();
    assert.deepEqual(readdirSync(folder), ['secrets.key']);
  });

  it('is refused where everybody can read it, and taken where its group can', () => {
    open();
    for (const mode of [0o644, 0o604, 0o602, 0o666, 0o777]) {
      chmodSync(file, mode);
      const expected = new RegExp(
        `everybody on this machine may open it \\(mode ${mode.toString(8)}\\); \`chmod 600\``,
      );
      assert.throws(() => open(), { code: 'secrets_key_unusable', message: expected });
    }
    for (const mode of [0o400, 0o600, 0o640, 0o660]) {
      chmodSync(file, mode);
      open();
    }
  });

  it('is refused when it holds none, or cannot be made, and is never shown', () => {
    for (const text of ['', 'SECRET', 'SECRET'.repeat(12), randomBytes(31).toString('hex')]) {
      writeFileSync(file, text, { mode: 0o600 });
      assert.throws(
        () => open(),
        (error: Error) => /neither 64 characters of hex nor/.test(error.message) && !error.message.includes('SECRET'),
      );
    }
    assert.throws(() => open({ file: join(folder, 'none', 'secrets.key') }), {
      code: 'secrets_key_unusable',
      message: /ENOENT/,
    });
  });
});
