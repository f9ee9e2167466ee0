import { STANDARD_PREFIX } from '../../domain/shared-secret.ts';
import { Hmac, signable, type SignableBody } from './hmac.ts';

/**
 * Writes the headers by which a receiver knows a request: its id and time always, and with a secret who sent it.
 *
 * - `X-Signature`: hex HMAC-SHA1 of the body, keyed with the secret as it is written (Webhooks integration, fact 8).
 * - `webhook-signature`: Standard Webhooks, over id, time and body, so that a request cannot be replayed later. A
 *   secret that begins with `whsec_` is base64 there; any other is its UTF-8 bytes.
 *
 * While the secret is rotated, `X-Signature` stays with the present one, `X-Signature-Next` has the next one, and
 * `webhook-signature` both, the present one first: a receiver can change over at any moment of it.
 */
export interface Signer {
  /**
   * Names and values in turn.
   *
   * @param body as it is sent, in UTF-8
   */
  headersOf(id: string, atMs: number, body: string): string[];
}

export interface SignerSecrets {
  readonly sharedSecret: string | null;
  /** Counts for nothing without the one that it follows. */
  readonly nextSecret: string | null;
}

export function makeSigner({ sharedSecret, nextSecret }: SignerSecrets): Signer {
  const present = sharedSecret === null ? null : new Signature(sharedSecret);
  const next = nextSecret === null ? null : new Signature(nextSecret);
  return {
    headersOf(id, atMs, text) {
      const seconds = String(Math.floor(atMs / 1000));
      const headers = ['webhook-id', id, 'webhook-timestamp', seconds];
      if (present === null) return headers;
      const body = signable(text);
      const signed = `${id}.${seconds}.`;
      const signatures = present.standard(signed, body);
      headers.push('webhook-signature', next === null ? signatures : `${signatures} ${next.standard(signed, body)}`);
      headers.push('X-Signature', present.literal(body));
      if (next !== null) headers.push('X-Signature-Next', next.literal(body));
      return headers;
    },
  };
}

/** Both kinds of signature with one secret. */
class Signature {
  readonly #literal: Hmac;
  readonly #standard: Hmac;

  constructor(secret: string) {
    this.#literal = new Hmac('sha1', Buffer.from(secret));
    this.#standard = new Hmac('sha256', standardKeyOf(secret));
  }

  literal(body: SignableBody): string {
    return this.#literal.digest('', body, 'hex');
  }

  /** @param prefix id and time, as they are signed before the body */
  standard(prefix: string, body: SignableBody): string {
    return `v1,${this.#standard.digest(prefix, body, 'base64')}`;
  }
}

function standardKeyOf(secret: string): Buffer {
  if (!secret.startsWith(STANDARD_PREFIX)) return Buffer.from(secret);
  return Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64');
}
