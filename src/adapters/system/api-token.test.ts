import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { apiTokenIn } from './api-token.ts';

describe('the file of the API token', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-token-'));
    file = join(folder, 'admin.token');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made once, with a token that nobody guesses, for its owner alone', () => {
    const token = apiTokenIn(file);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(readFileSync(file, 'utf8'), `${token}\n`);
    assert.equal(apiTokenIn(file), token);
    assert.notEqual(apiTokenIn(join(folder, 'other')), token);
  });

  it('may be written by hand', () => {
    writeFileSync(file, '  chosen-7fK2xWq9ZtLm\r\n');
    assert.equal(apiTokenIn(file), 'chosen-7fK2xWq9ZtLm');
  });

  it('is made anew over what a crash left of one', () => {
    writeFileSync(`${file}.new`, 'half');
    assert.match(apiTokenIn(file), /^[0-9a-f]{64}$/);
    assert.deepEqual(readdirSync(folder), ['admin.token']);
  });

  it('is refused when it holds no token, or cannot be made', () => {
    for (const text of ['', 'short', 'with a blank in it, so no token', 'ü'.repeat(20), 'x'.repeat(257)]) {
      writeFileSync(file, text);
      assert.throws(() => apiTokenIn(file), { code: 'api_token_unusable' });
    }
    writeFileSync(file, 'changeme-changeme');
    assert.throws(() => apiTokenIn(file), { code: 'api_token_unusable', message: /it can be guessed/ });
    const nowhere = join(folder, 'none', 'admin.token');
    assert.throws(() => apiTokenIn(nowhere), { code: 'api_token_unusable', message: /ENOENT/ });
  });

  it('is never shown by an error', () => {
    writeFileSync(file, 'SECRET but with blanks');
    assert.throws(
      () => apiTokenIn(file),
      (error: Error) => !error.message.includes('SECRET'),
    );
  });
});
