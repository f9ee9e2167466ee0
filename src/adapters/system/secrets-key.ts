import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { SluiceError } from '../../domain/errors.ts';
import { isSecretsKey, secretsKeyBytes } from '../../domain/secrets-key.ts';
import { makePrivateFile, readPrivateFile, usable } from './private-file.ts';

/** The key that secrets are sealed with, and how a message names it. */
export interface SecretsKey {
  readonly bytes: Uint8Array;
  /** Where it is from. Never what it is. */
  readonly name: string;
}

export interface SecretsKeyOptions {
  /** What the setting `secrets.key` says; null for the key in the file. */
  readonly configured: string | null;
  readonly file: string;
  /** Whether one is made where there is none: not where something was sealed with one that is gone. */
  readonly mayMake: boolean;
}

const KEY_BYTES = 32;
/** Of a file's mode: what everybody may do with it. Kubernetes gives the group of a volume its own say (`fsGroup`). */
const EVERYBODY = 0o007;

/**
 * The key of the configuration, else the one in a file for its owner alone, which is made at the first start. Only one
 * process at a time may have one made: the owner of the data folder.
 *
 * @throws SluiceError `secrets_key_missing`, `secrets_key_unusable`, `disk_full`
 */
export function openSecretsKey({ configured, file, mayMake }: SecretsKeyOptions): SecretsKey {
  if (configured !== null) return configuredKey(configured, 'secrets.key');
  const kept = usable('secrets_key_unusable', file, () => keyTextIn(file));
  if (kept === null && !mayMake) throw new SluiceError('secrets_key_missing', { file });
  const text = kept ?? usable('secrets_key_unusable', file, () => makeKey(file));
  return { bytes: secretsKeyBytes(text), name: file };
}

/** A key that a setting says: its form was checked with the rest of the configuration. */
export function configuredKey(text: string, setting: string): SecretsKey {
  return { bytes: secretsKeyBytes(text), name: `the setting \`${setting}\`` };
}

/** Null where there is no file. */
function keyTextIn(file: string): string | null {
  const text = readPrivateFile(file);
  if (text === null) return null;
  const mode = statSync(file).mode & 0o777;
  if ((mode & EVERYBODY) !== 0) {
    throw unusable(file, `everybody on this machine may open it (mode ${mode.toString(8)}); \`chmod 600\` it`);
  }
  if (!isSecretsKey(text)) throw unusable(file, 'it is neither 64 characters of hex nor the base64 of 32 bytes');
  return text;
}

function makeKey(file: string): string {
  const key = randomBytes(KEY_BYTES).toString('hex');
  makePrivateFile(file, key);
  return key;
}

function unusable(file: string, reason: string): SluiceError {
  return new SluiceError('secrets_key_unusable', { file, reason });
}
