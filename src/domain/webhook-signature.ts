import type { Secrets } from './secret-rotation.ts';

/**
 * Whether a request is signed with a secret, as whoever receives it finds out: written by the scheme (docs/webhooks.md)
 * and not by what signs, so that each of the two shows a mistake of the other. It has nothing but Web Crypto, which
 * servers, edge functions and browsers share.
 */
export type SignatureState = 'valid' | 'invalid' | 'absent';

/** What a receiver has of a request that is signed. */
export interface SignedRequest {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came, byte for byte. */
  readonly body: Uint8Array<ArrayBuffer>;
}

const STANDARD_PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const utf8 = new TextEncoder();

/**
 * Of the Standard Webhooks scheme: whether one of the signatures in `webhook-signature` is over the request's id, its
 * timestamp and its body. Whether the timestamp is recent is for the caller to judge, who has a clock.
 */
export async function standardSignature({ headers, body }: SignedRequest, secret: string): Promise<SignatureState> {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given } = headers;
  if (given === undefined) return 'absent';
  const key = standardKeyOf(secret);
  if (id === undefined || at === undefined || key === null) return 'invalid';
  const prefix = utf8.encode(`${id}.${at}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  const expected = `v1,${btoa(String.fromCharCode(...(await hmac('SHA-256', key, signed))))}`;
  // All of them, so that how long it takes does not say which one it was.
  const matching = given.split(' ').filter((signature) => isSame(signature, expected));
  return matching.length > 0 ? 'valid' : 'invalid';
}

/**
 * Of the reference's scheme: whether `X-Signature`, or what goes beside it while a secret is rotated, is over the body.
 */
export async function literalSignature(
  { headers, body }: SignedRequest,
  secret: string,
  header: 'x-signature' | 'x-signature-next' = 'x-signature',
): Promise<SignatureState> {
  const given = headers[header];
  if (given === undefined) return 'absent';
  const bytes = await hmac('SHA-1', utf8.encode(secret), body);
  const expected = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return isSame(given, expected) ? 'valid' : 'invalid';
}

/** Whether each signature of a request is one that its receivers can rely on. */
export interface Signatures {
  readonly xSignature: SignatureState;
  /** Of the secret that follows; absent unless the secret is being rotated. */
  readonly xSignatureNext: SignatureState;
  /** While the secret is being rotated: valid to whoever has the old one and to whoever has the new one. */
  readonly standardWebhooks: SignatureState;
}

/** Of a request that is sent with these secrets. What is signed and should not be is `invalid`. */
export async function signaturesOf(
  request: SignedRequest,
  { sharedSecret, nextSecret }: Pick<Secrets, 'sharedSecret' | 'nextSecret'>,
): Promise<Signatures> {
  const secrets = [sharedSecret, nextSecret].filter((secret) => secret !== null);
  const standard = await Promise.all(secrets.map(async (secret) => standardSignature(request, secret)));
  const ofHeader = async (
    header: 'x-signature' | 'x-signature-next',
    secret: string | null,
  ): Promise<SignatureState> =>
    secret === null ? unsigned(request, header) : literalSignature(request, secret, header);
  return {
    xSignature: await ofHeader('x-signature', sharedSecret),
    xSignatureNext: await ofHeader('x-signature-next', nextSecret),
    standardWebhooks:
      standard.find((state) => state !== 'valid') ?? standard[0] ?? unsigned(request, 'webhook-signature'),
  };
}

function unsigned({ headers }: SignedRequest, header: string): SignatureState {
  return headers[header] === undefined ? 'absent' : 'invalid';
}

/** Null where it is no base64, or nothing: no receiver could check with it. */
function standardKeyOf(secret: string): Uint8Array<ArrayBuffer> | null {
  if (!secret.startsWith(STANDARD_PREFIX)) return utf8.encode(secret);
  const encoded = secret.slice(STANDARD_PREFIX.length);
  if (!BASE64.test(encoded) || encoded.replace(/=+$/, '').length % 4 === 1) return null;
  return Uint8Array.from(atob(encoded.replace(/=+$/, '')), (char) => char.charCodeAt(0));
}

async function hmac(
  hash: 'SHA-1' | 'SHA-256',
  secret: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
}

/** Takes as long wherever they differ. How long a signature is, everybody knows. */
function isSame(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at += 1) difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}
