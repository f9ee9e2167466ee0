/** Which of the two ways of signing: Segment's `X-Signature`, or Standard Webhooks' `webhook-signature`. */
export type SignatureHeader = 'x-signature' | 'webhook-signature';

/** `unchecked`: what it takes is not there, such as `webhook-id`. `stale`: right, and too old to be taken. */
export type Verdict = 'valid' | 'stale' | 'invalid' | 'unchecked';

export interface SignedRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** When it came. */
  readonly atMs: number;
}

export interface CheckedSignature {
  readonly header: SignatureHeader;
  readonly verdict: Verdict;
  /** A sentence or two: what it means, and what is likely to be wrong. */
  readonly words: string;
}

/** How far `webhook-timestamp` may be from now to receivers that go by Standard Webhooks. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * What a receiver checks: each signature that the request has, over its bytes, against the shared secret. No signature: an
 * empty list. Comparing takes as long as it takes, for who asks here knows the secret.
 */
export async function checkSignatures(request: SignedRequest, secret: string): Promise<CheckedSignature[]> {
  const checked: CheckedSignature[] = [];
  const { 'x-signature': segment, 'webhook-signature': standard } = request.headers;
  if (segment !== undefined) checked.push(await checkedSegment(request, segment, secret));
  if (standard !== undefined) checked.push(await checkedStandard(request, standard, secret));
  return checked;
}

async function checkedSegment(
  { headers, body }: SignedRequest,
  said: string,
  secret: string,
): Promise<CheckedSignature> {
  const header = 'x-signature';
  const isRight = async (bytes: Uint8Array<ArrayBuffer>, key: string): Promise<boolean> =>
    said.toLowerCase() === (await segmentSignature(bytes, key));
  if (await isRight(body, secret))
    return { header, verdict: 'valid', words: 'It is the HMAC-SHA1 of these bytes under this secret.' };
  if (!/^[0-9a-f]{40}$/i.test(said))
    return { header, verdict: 'invalid', words: 'It is no HMAC-SHA1 in hex, which has 40 digits.' };
  if (headers['x-signature-next']?.toLowerCase() === (await segmentSignature(body, secret))) {
    const words =
      'This is the new secret of a rotation, by which X-Signature-Next is right: X-Signature goes by the old one until the new one is promoted.';
    return { header, verdict: 'invalid', words };
  }
  return { header, verdict: 'invalid', words: await reason(body, secret, isRight) };
}

async function checkedStandard(
  { headers, body, atMs }: SignedRequest,
  said: string,
  secret: string,
): Promise<CheckedSignature> {
  const header = 'webhook-signature';
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
  if (id === undefined || timestamp === undefined) {
    const words = 'It takes webhook-id and webhook-timestamp, and one of them did not come.';
    return { header, verdict: 'unchecked', words };
  }
  // While a secret is rotated there are several, with blanks between them.
  const isRight = async (bytes: Uint8Array<ArrayBuffer>, key: string): Promise<boolean> =>
    said.split(' ').includes(await standardSignature({ id, timestamp, body: bytes }, key));
  if (!(await isRight(body, secret))) return { header, verdict: 'invalid', words: await reason(body, secret, isRight) };
  const apartMs = atMs - Number(timestamp) * 1_000;
  if (!(Math.abs(apartMs) <= TOLERANCE_MS)) {
    const words = `It is right, and its timestamp is ${spanOf(apartMs)} the time when it came: receivers refuse more than 5 minutes, so that nobody can send it again. Either it was sent again, or a clock is wrong.`;
    return { header, verdict: 'stale', words };
  }
  const words =
    'It is the HMAC-SHA256 of id, timestamp and these bytes under this secret, and the timestamp is recent.';
  return { header, verdict: 'valid', words };
}

function spanOf(apartMs: number): string {
  if (Number.isNaN(apartMs)) return 'no number, and so not near';
  return `${Math.round(Math.abs(apartMs) / 60_000)} minutes ${apartMs > 0 ? 'before' : 'after'}`;
}

/** Why a signature does not fit: what is often wrong is tried, and else both that it can be is said. */
async function reason(
  body: Uint8Array<ArrayBuffer>,
  secret: string,
  isRight: (bytes: Uint8Array<ArrayBuffer>, key: string) => Promise<boolean>,
): Promise<string> {
  for (const [key, words] of likeSecrets(secret)) if (await isRight(body, key)) return words;
  for (const bytes of likeBodies(body))
    if (await isRight(bytes, secret))
      return 'The secret is right, and the body is not the bytes that were signed: something on the way wrote its JSON anew.';
  return 'The secret is another one, or the body was changed after it was signed.';
}

function likeSecrets(secret: string): readonly (readonly [key: string, words: string])[] {
  const bare = secret.replace(/^whsec_/, '');
  return [
    [secret.trim(), 'The secret has white space around it here; without that it is right.'],
    [`whsec_${secret}`, 'The secret begins with whsec_, which is missing here.'],
    [bare, 'The secret has whsec_ before it here; without that it is right.'],
  ];
}

/** The same JSON in the ways in which programs write it. */
function likeBodies(body: Uint8Array<ArrayBuffer>): readonly Uint8Array<ArrayBuffer>[] {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return [0, 2, 4].map((indent) => bytesOf(JSON.stringify(value, null, indent)));
  } catch {
    return [];
  }
}

/** `X-Signature`: the HMAC-SHA1 of the body, in hex, keyed with the secret as it is written. */
export async function segmentSignature(body: Uint8Array<ArrayBuffer>, secret: string): Promise<string> {
  const signature = await hmac('SHA-1', bytesOf(secret), body);
  return Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export interface StandardMessage {
  readonly id: string;
  readonly timestamp: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** One signature of `webhook-signature`, version 1 of Standard Webhooks. */
export async function standardSignature({ id, timestamp, body }: StandardMessage, secret: string): Promise<string> {
  const before = bytesOf(`${id}.${timestamp}.`);
  const signed = new Uint8Array(before.length + body.length);
  signed.set(before);
  signed.set(body, before.length);
  const signature = await hmac('SHA-256', standardKeyOf(secret), signed);
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

async function hmac(
  hash: 'SHA-1' | 'SHA-256',
  key: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  // WebCrypto takes no empty key; to HMAC a key of zeros is the same.
  const keyBytes = key.length === 0 ? new Uint8Array(1) : key;
  const imported = await subtle.importKey('raw', keyBytes, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, bytes));
}
