/** Which of the two ways of signing: Segment's `X-Signature`, or Standard Webhooks' `webhook-signature`. */
export type SignatureHeader = 'x-signature' | 'webhook-signature';

/** `unchecked`: what it takes is not there, such as `webhook-id`. */
export type Verdict = 'valid' | 'invalid' | 'unchecked';

export interface SignedRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface CheckedSignature {
  readonly header: SignatureHeader;
  readonly verdict: Verdict;
}

/**
 * What a receiver checks: each signature that the request has, against the shared secret. No signature: an empty list.
 * Comparing takes as long as it takes, for who asks here knows the secret.
 */
export async function checkSignatures(request: SignedRequest, secret: string): Promise<CheckedSignature[]> {
  const checked: CheckedSignature[] = [];
  const { headers, body } = request;
  const segment = headers['x-signature'];
  if (segment !== undefined) {
    const expected = await segmentSignature(body, secret);
    checked.push({ header: 'x-signature', verdict: segment.toLowerCase() === expected ? 'valid' : 'invalid' });
  }
  const standard = headers['webhook-signature'];
  if (standard !== undefined) checked.push({ header: 'webhook-signature', verdict: await standardVerdict(standard) });
  return checked;

  async function standardVerdict(said: string): Promise<Verdict> {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
    if (id === undefined || timestamp === undefined) return 'unchecked';
    const expected = await standardSignature({ id, timestamp, body }, secret);
    // While a secret is rotated there are several, with blanks between them.
    return said.split(' ').includes(expected) ? 'valid' : 'invalid';
  }
}

/** `X-Signature`: the HMAC-SHA1 of the body, in hex, keyed with the secret as it is written. */
export async function segmentSignature(body: string, secret: string): Promise<string> {
  const signature = await hmac('SHA-1', bytesOf(secret), body);
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export interface StandardMessage {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
}

/** One signature of `webhook-signature`, version 1 of Standard Webhooks. */
export async function standardSignature({ id, timestamp, body }: StandardMessage, secret: string): Promise<string> {
  const signature = await hmac('SHA-256', standardKeyOf(secret), `${id}.${timestamp}.${body}`);
  return `v1,${btoa(String.fromCharCode(...signature))}`;
}

/** What is behind `whsec_` is base64 of the key; any other secret is the key, as UTF-8. */
function standardKeyOf(secret: string): Uint8Array<ArrayBuffer> {
  if (!secret.startsWith('whsec_')) return bytesOf(secret);
  try {
    return Uint8Array.from(atob(secret.slice('whsec_'.length)), (character) => character.charCodeAt(0));
  } catch {
    return bytesOf(secret);
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function hmac(hash: 'SHA-1' | 'SHA-256', key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  // WebCrypto takes no empty key; to HMAC a key of zeros is the same.
  const bytes = key.length === 0 ? new Uint8Array(1) : key;
  const imported = await subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, bytesOf(text)));
}
