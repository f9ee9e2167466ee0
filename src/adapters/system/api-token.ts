import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';

/** 256 bits: nobody guesses it. */
const TOKEN_BYTES = 32;
/** What the setting `admin.token` takes as well: somebody may have written the file by hand. */
const TOKEN = /^[\x21-\x7e]{16,256}$/;

/**
 * The API token that is kept in a file which only its owner can read; made at the first start. Only one process at a
 * time may ask: the owner of the data folder.
 *
 * @throws SluiceError `api_token_unusable`, `disk_full`
 */
export function apiTokenIn(file: string): string {
  const token = usable(file, () => readToken(file) ?? makeToken(file));
  if (!TOKEN.test(token)) {
    throw new SluiceError('api_token_unusable', { file, reason: 'it is not 16 to 256 visible ASCII characters' });
  }
  return token;
}

/** Null where there is no file. */
function readToken(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Written under another name first: a crash or a full disk must leave no half of a token. */
function makeToken(file: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, `${token}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
  return token;
}

function usable(file: string, ask: () => string): string {
  try {
    return ask();
  } catch (error) {
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) {
      throw new SluiceError('disk_full', { folder: dirname(file) }, error);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError('api_token_unusable', { file, reason }, error);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
