import { randomBytes } from 'node:crypto';
import { SluiceError } from '../../domain/errors.ts';
import { makePrivateFile, readPrivateFile, usable } from './private-file.ts';

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
  const token = usable('api_token_unusable', file, () => readPrivateFile(file) ?? makeToken(file));
  if (!TOKEN.test(token)) {
    throw new SluiceError('api_token_unusable', { file, reason: 'it is not 16 to 256 visible ASCII characters' });
  }
  return token;
}

function makeToken(file: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  makePrivateFile(file, token);
  return token;
}
