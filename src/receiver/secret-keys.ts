import { WebhookError } from './webhook-error.ts';

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** What a secret is to each of the two schemes. */
export interface SecretKeys {
  readonly standard: HmacKey;
  readonly literal: HmacKey;
}

/** One secret, or several while it is changed. What is undefined or empty counts for nothing. */
export type Secrets = string | undefined | readonly (string | undefined)[];

const STANDARD_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * Reads the secrets at once, so that a mistake in them is seen at the start and not at the first request; the function it
 * returns makes the keys, once.
 *
 * A secret that begins with `whsec_` is base64 to `webhook-signature`, and any other its UTF-8 bytes. To `X-Signature` each
 * is its UTF-8 bytes.
 *
 * @throws WebhookError `secret_missing`, `secret_malformed`
 */
export function makeKeys(secrets: Secrets): () => Promise<readonly SecretKeys[]> {
  const given = (typeof secrets === 'string' ? [secrets] : (secrets ?? [])).filter(isGiven);
  if (given.length === 0)
    throw new WebhookError(
      'secret_missing',
      'there is no secret to check webhooks with: give `secrets` the `sharedSecret` of the destination (is the environment variable set?)',
    );
  const bytes = given.map((secret) => ({ standard: standardBytesOf(secret), literal: utf8(secret) }));
  let made: Promise<readonly SecretKeys[]> | null = null;
  return async () => {
    made ??= Promise.all(
      bytes.map(async ({ standard, literal }) => ({
        standard: await hmacKey('SHA-256', standard),
        literal: await hmacKey('SHA-1', literal),
      })),
    );
    return made;
  };
}

function isGiven(secret: string | undefined): secret is string {
  return secret !== undefined && secret !== '';
}

function standardBytesOf(secret: string): Uint8Array<ArrayBuffer> {
  if (!secret.startsWith(STANDARD_PREFIX)) return utf8(secret);
  const encoded = secret.slice(STANDARD_PREFIX.length);
  const bytes = base64Bytes(encoded);
  if (bytes !== null && bytes.length > 0) return bytes;
  throw new WebhookError(
    'secret_malformed',
    'a secret begins with `whsec_` and is not base64 from there on: compare it with the `sharedSecret` of the destination, character by character (a line break at its end?)',
  );
}

/** Null where it is no base64. Padding may be left out: there is only one way to read it. */
export function base64Bytes(text: string): Uint8Array<ArrayBuffer> | null {
  if (!BASE64.test(text)) return null;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function hmacKey(hash: 'SHA-1' | 'SHA-256', bytes: Uint8Array<ArrayBuffer>): Promise<HmacKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['verify']);
}
