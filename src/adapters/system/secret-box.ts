import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { SluiceError } from '../../domain/errors.ts';
import type { SecretBox } from '../../ports/secret-box.ts';
import type { SecretsKey } from './secrets-key.ts';

/** Names the way in which what follows was sealed. */
const PREFIX = 'sealed:v1:';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: by chance, 2^32 of them may be made with one key. A million changes a day take twelve years. */
const NONCE_BYTES = 12;
const MARK_KEY_BYTES = 32;
const TAG = { authTagLength: 16 };

/**
 * AES-256-GCM, the context as what is authenticated beside it: `sealed:v1:` and the base64url of nonce, ciphertext and
 * tag. A text is sealed as JSON, since UTF-8 alone has no form for half of a surrogate pair. Marks are HMAC-SHA256 under
 * a key that is derived from the same one.
 */
export function makeSecretBox({ bytes, name }: SecretsKey): SecretBox {
  // An object that no log shows the inside of.
  const key = createSecretKey(bytes);
  const markKey = createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', 'sluice marks', MARK_KEY_BYTES)));
  return {
    seal: (text, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, TAG).setAAD(Buffer.from(context));
      const parts = [nonce, cipher.update(JSON.stringify(text), 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${PREFIX}${Buffer.concat(parts).toString('base64url')}`;
    },
    open: (sealed, context) => {
      const wrong = (cause?: unknown): SluiceError => new SluiceError('secrets_key_wrong', { key: name }, cause);
      const parts = partsOf(sealed);
      if (parts === null) throw wrong();
      try {
        const decipher = createDecipheriv(CIPHER, key, parts.nonce, TAG).setAAD(Buffer.from(context));
        decipher.setAuthTag(parts.tag);
        const text = Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]).toString();
        return JSON.parse(text) as string;
      } catch (error) {
        throw wrong(error);
      }
    },
    mark: (text, context) =>
      createHmac('sha256', markKey)
        .update(JSON.stringify([context, text]))
        .digest('base64url'),
  };
}

/** Null for what no box sealed. */
function partsOf(sealed: string): Readonly<Record<'nonce' | 'ciphertext' | 'tag', Buffer>> | null {
  if (!sealed.startsWith(PREFIX)) return null;
  const text = sealed.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64url');
  // Characters that mean nothing are passed over, and bits that belong to no byte too: nothing that was changed opens.
  if (bytes.length < NONCE_BYTES + TAG.authTagLength || bytes.toString('base64url') !== text) return null;
  const tagAt = bytes.length - TAG.authTagLength;
  return {
    nonce: bytes.subarray(0, NONCE_BYTES),
    ciphertext: bytes.subarray(NONCE_BYTES, tagAt),
    tag: bytes.subarray(tagAt),
  };
}
