/**
 * `docs/receiver-vectors.json`: requests, and whether a receiver takes them, for whoever writes one in another language.
 * Signed by what signs webhooks, so that no receiver is tried against itself.
 */
import { makeSigner, type SignerSecrets } from '../src/adapters/webhook/signature.ts';

/** When all of them are judged. */
const NOW_S = 1_767_225_600;
const TOLERANCE_S = 300;

const PLAIN = 'keep-me-safe';
const WHSEC = `whsec_${Buffer.from('32 bytes that nobody else knows.').toString('base64')}`;
const NON_ASCII = 'schlüssel-🔑';

const EVENT = { version: 1, type: 'track', userId: 'u1', event: 'Signed Up', messageId: 'm1', projectId: 'website' };
const ONE = JSON.stringify(EVENT);
const UNICODE = JSON.stringify({
  ...EVENT,
  event: 'Café «Zoë» ☕ 日本語 😀',
  properties: { lone: '\ud83d', zero: '\u0000' },
});
const BATCH = JSON.stringify([EVENT, { ...EVENT, messageId: 'm2', event: 'Naïve ☃' }]);

export interface ReceiverVector {
  readonly name: string;
  /** What the receiver knows: the signature of any of them is enough. */
  readonly secrets: readonly string[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 when it is sent. */
  readonly body: string;
  /** What `webhook-signature` with id and timestamp comes to: `valid`, or why it is refused. */
  readonly standard: 'valid' | 'missing_signature' | 'wrong_signature' | 'too_old' | 'too_new';
  /** What `X-Signature` (or, in a rotation, `X-Signature-Next`) comes to, which knows no time. */
  readonly xSignature: 'valid' | 'missing_signature' | 'wrong_signature';
}

/** The file, as it is checked in. */
export function receiverVectors(): string {
  const page = { nowS: NOW_S, toleranceS: TOLERANCE_S, vectors: [...taken(), ...late(), ...tampered(), ...listed()] };
  return `${JSON.stringify(page, null, 2)}\n`;
}

interface Signed {
  readonly secrets?: readonly string[];
  readonly by?: SignerSecrets;
  readonly body?: string;
  readonly atS?: number;
}

/** Signed with the secret that the receiver knows, now, unless something else is said. */
function signed(
  name: string,
  { secrets = [PLAIN], by = only(secrets[0] ?? null), body = ONE, atS = NOW_S }: Signed = {},
): ReceiverVector {
  const flat = makeSigner(by).headersOf('evt_5k2v0q1000000002s', atS * 1000, body);
  const pairs = flat.flatMap((header, at) => (at % 2 === 0 ? [[header.toLowerCase(), flat[at + 1] ?? '']] : []));
  const headers = Object.fromEntries(pairs) as Record<string, string>;
  return { name, secrets, headers, body, standard: 'valid', xSignature: 'valid' };
}

function taken(): readonly ReceiverVector[] {
  const rotating = { sharedSecret: 'the-old-one', nextSecret: WHSEC };
  return [
    signed('a plain secret'),
    signed('a secret of Standard Webhooks', { secrets: [WHSEC] }),
    signed('a secret with characters beyond ASCII', { secrets: [NON_ASCII] }),
    signed('a body with characters beyond ASCII', { body: UNICODE }),
    signed('a body with characters beyond ASCII, and a secret of Standard Webhooks', {
      secrets: [WHSEC],
      body: UNICODE,
    }),
    signed('a batch', { body: BATCH }),
    signed('a rotation, to a receiver with the old secret', { secrets: ['the-old-one'], by: rotating }),
    signed('a rotation, to a receiver with the new secret', { secrets: [WHSEC], by: rotating }),
    signed('a rotation, to a receiver with both', { secrets: [WHSEC, 'the-old-one'], by: rotating }),
    signed('before a rotation, to a receiver that has both already', { secrets: ['the-old-one', WHSEC] }),
    signed('after a rotation, to a receiver that has both still', {
      secrets: ['the-old-one', WHSEC],
      by: { sharedSecret: WHSEC, nextSecret: null },
    }),
  ];
}

function late(): readonly ReceiverVector[] {
  return [
    signed('as old as is allowed', { atS: NOW_S - TOLERANCE_S }),
    signed('as far ahead as is allowed', { atS: NOW_S + TOLERANCE_S }),
    { ...signed('a second too old', { atS: NOW_S - TOLERANCE_S - 1 }), standard: 'too_old' },
    { ...signed('a second too far ahead', { atS: NOW_S + TOLERANCE_S + 1 }), standard: 'too_new' },
    withHeaders(signed('an old one whose timestamp was made new', { atS: NOW_S - 3_600 }), {
      'webhook-timestamp': String(NOW_S),
    }),
    ...['', 'soon', `${NOW_S}.5`, `${NOW_S} `, '-1', 'NaN'].map((at) =>
      withHeaders(signed(`a timestamp that is none: "${at}"`), { 'webhook-timestamp': at }),
    ),
  ];
}

function tampered(): readonly ReceiverVector[] {
  const wrong = { standard: 'wrong_signature', xSignature: 'wrong_signature' } as const;
  return [
    { ...signed('another secret', { by: { sharedSecret: 'another', nextSecret: null } }), ...wrong },
    {
      ...signed('a secret of Standard Webhooks taken as it is written', { secrets: [WHSEC.slice(6)], by: only(WHSEC) }),
      ...wrong,
    },
    { ...signed('another body', { body: BATCH }), body: `${BATCH} `, ...wrong },
    {
      ...signed('a body that was parsed and written again with blanks'),
      body: JSON.stringify(EVENT, null, 1),
      ...wrong,
    },
    withHeaders(signed('another id'), { 'webhook-id': 'evt_5k2v0q1000000002t' }),
    { ...signed('no signature', { by: only(null) }), standard: 'missing_signature', xSignature: 'missing_signature' },
    { ...without(signed('only X-Signature'), 'webhook-signature'), standard: 'missing_signature' },
    { ...without(signed('no id'), 'webhook-id'), standard: 'missing_signature' },
    { ...without(signed('no timestamp'), 'webhook-timestamp'), standard: 'missing_signature' },
    { ...without(signed('only webhook-signature'), 'x-signature'), xSignature: 'missing_signature' },
    {
      ...withHeaders(signed('an X-Signature cut short'), { 'x-signature': 'd7' }),
      standard: 'valid',
      xSignature: 'wrong_signature',
    },
    {
      ...withHeaders(signed('an X-Signature that is no hex'), { 'x-signature': 'ü' }),
      standard: 'valid',
      xSignature: 'wrong_signature',
    },
  ];
}

/** What else may stand in `webhook-signature`, around the one that counts or in its stead. */
function listed(): readonly ReceiverVector[] {
  const own = signed('').headers['webhook-signature'] ?? '';
  const value = own.slice('v1,'.length);
  const good = [`v1,${'A'.repeat(43)}= ${own}`, `v2,future v1a,${value} ${own}`, `${own} v1,`];
  const bad = [
    '',
    'v1',
    'v1,',
    value,
    `v0,${value}`,
    `v1a,${value}`,
    own.slice(0, -5),
    `v1,${'A'.repeat(43)}=`,
    'v1,ü',
  ];
  return [
    ...good.map((list, at) => ({
      ...withHeaders(signed(`a list with the right signature in it (${at + 1})`), { 'webhook-signature': list }),
      standard: 'valid' as const,
    })),
    ...bad.map((list, at) =>
      withHeaders(signed(`a list without the right signature (${at + 1})`), { 'webhook-signature': list }),
    ),
  ];
}

function only(sharedSecret: string | null): SignerSecrets {
  return { sharedSecret, nextSecret: null };
}

function withHeaders(vector: ReceiverVector, headers: Readonly<Record<string, string>>): ReceiverVector {
  return { ...vector, headers: { ...vector.headers, ...headers }, standard: 'wrong_signature' };
}

function without(vector: ReceiverVector, name: string): ReceiverVector {
  return { ...vector, headers: Object.fromEntries(Object.entries(vector.headers).filter(([key]) => key !== name)) };
}
