import { Hmac } from './hmac.ts';

/**
 * Writes the headers by which a receiver knows a request: its id and time always, and with a secret who sent it.
 *
 * - `X-Signature`: hex HMAC-SHA1 of the body, keyed with the secret as it is written (Webhooks integration, fact 8).
 * - `webhook-signature`: Standard Webhooks, over id, time and body, so that a request cannot be replayed later. A
 *   secret that begins with `whsec_` is base64 there; any other is its UTF-8 bytes.
 */
export interface Signer {
  /**
   * Names and values in turn.
   *
   * @param body the bytes that are sent
   */
  headersOf(id: string, atMs: number, body: Buffer): string[];
}

const STANDARD_PREFIX = 'whsec_';

export function makeSigner(sharedSecret: string | null): Signer {
  if (sharedSecret === null) {
    return { headersOf: (id, atMs) => ['webhook-id', id, 'webhook-timestamp', secondsOf(atMs)] };
  }
  const literal = new Hmac('sha1', Buffer.from(sharedSecret));
  const standard = new Hmac('sha256', standardKeyOf(sharedSecret));
  return {
    headersOf(id, atMs, body) {
      const seconds = secondsOf(atMs);
      return [
        'webhook-id',
        id,
        'webhook-timestamp',
        seconds,
        'webhook-signature',
        `v1,${standard.digest(`${id}.${seconds}.`, body, 'base64')}`,
        'X-Signature',
        literal.digest('', body, 'hex'),
      ];
    },
  };
}

function standardKeyOf(secret: string): Buffer {
  if (!secret.startsWith(STANDARD_PREFIX)) return Buffer.from(secret);
  return Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64');
}

function secondsOf(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}
