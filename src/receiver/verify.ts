import { bytesOf, eventsIn, type RawBody } from './body.ts';
import type { WebhookEvent } from './event.ts';
import { headerOf, type WebhookHeaders } from './headers.ts';
import { base64Bytes, makeKeys, type SecretKeys, type Secrets } from './secret-keys.ts';
import { WebhookError } from './webhook-error.ts';

/** `standard`: `webhook-signature`, over id, time and body. `x-signature`: Segment's, over the body alone. */
export type Scheme = 'standard' | 'x-signature';

export interface VerifierOptions {
  /** The `sharedSecret` of the destination; two while it is changed. */
  readonly secrets: Secrets;
  /**
   * `standard`, the default, takes nothing without a `webhook-signature`. `any` takes a request that has none by its
   * `X-Signature`, for receivers that Segment sends to as well: such a request can be sent again by whoever saw it, at any
   * time. One that has both is judged by the first alone, so that an old one does not pass by the weaker of the two.
   */
  readonly accept?: 'standard' | 'any';
  /** How far `webhook-timestamp` may be from now, either way. Default: 5 minutes. */
  readonly toleranceMs?: number;
  /** The clock. Default: `Date.now`. */
  readonly nowMs?: () => number;
}

export interface WebhookRequest {
  readonly headers: WebhookHeaders;
  /** As it came: not parsed, and not stringified again. */
  readonly body: RawBody;
}

/** What a genuine request says. */
export interface Webhook {
  /** Which signature it is genuine by. */
  readonly scheme: Scheme;
  /** `webhook-id`: the event's, or the batch's; the same in every attempt. Null by `x-signature`, which does not sign it. */
  readonly id: string | null;
  /** When this attempt was made. Null by `x-signature`. */
  readonly attemptedAtMs: number | null;
  /** Id of the replay that sent it again. No signature covers it. */
  readonly replay: string | null;
  readonly isBatch: boolean;
  /** At least one; more only of a batch. */
  readonly events: readonly WebhookEvent[];
}

const TOLERANCE_MS = 5 * 60_000;

/**
 * Whether a request is of Sluice: resolves to what it says, or rejects with a `WebhookError` that says why not. It throws
 * and does not return `false`, because a receiver that forgets to look would then take everything.
 */
export async function verifyWebhook({ headers, body, ...options }: VerifierOptions & WebhookRequest): Promise<Webhook> {
  return makeVerifier(options)({ headers, body });
}

/**
 * The same for many requests: keys are made once, and a mistake in the secrets is thrown here.
 *
 * Signatures are compared by Web Crypto's `verify`, in constant time and natively in every runtime, so that there is no
 * comparison in JavaScript whose time anybody would have to reason about. Every signature is tried with every secret.
 */
export function makeVerifier(options: VerifierOptions): (request: WebhookRequest) => Promise<Webhook> {
  // eslint-disable-next-line no-restricted-syntax -- others run this in their programs, where there is no ambient port
  const { secrets, accept = 'standard', toleranceMs = TOLERANCE_MS, nowMs = Date.now } = options;
  if (!(toleranceMs >= 0)) throw new TypeError('toleranceMs must be a number of milliseconds, 0 or more');
  const keys = makeKeys(secrets);
  return async ({ headers, body }) => {
    const bytes = bytesOf(body);
    const signatures = headerOf(headers, 'webhook-signature');
    const origin =
      signatures === null && accept === 'any'
        ? await byLiteral(headers, bytes, await keys())
        : await byStandard(headers, signatures, bytes, await keys());
    if (origin.attemptedAtMs !== null) checkTime(origin.attemptedAtMs - nowMs(), toleranceMs);
    return { ...origin, replay: replayIn(headers), ...eventsIn(bytes) };
  };
}

type Origin = Pick<Webhook, 'scheme' | 'id' | 'attemptedAtMs'>;

async function byStandard(
  headers: WebhookHeaders,
  signatures: string | null,
  body: Uint8Array,
  keys: readonly SecretKeys[],
): Promise<Origin> {
  const id = headerOf(headers, 'webhook-id');
  const at = headerOf(headers, 'webhook-timestamp');
  if (signatures === null || id === null || at === null) throw missingStandard(headers);
  const prefix = new TextEncoder().encode(`${id}.${at}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  const given = signatures.split(' ').map((each) => (each.startsWith('v1,') ? base64Bytes(each.slice(3)) : null));
  const standard = keys.map((key) => key.standard);
  if (!/^\d{1,12}$/.test(at) || !(await isSignedByAny(standard, given, signed))) throw wrong('webhook-signature');
  return { scheme: 'standard', id, attemptedAtMs: Number(at) * 1000 };
}

async function byLiteral(headers: WebhookHeaders, body: Uint8Array, keys: readonly SecretKeys[]): Promise<Origin> {
  const given = ['x-signature', 'x-signature-next'].map((name) => headerOf(headers, name));
  if (given.every((hex) => hex === null))
    throw new WebhookError(
      'missing_signature',
      'the request has neither `webhook-signature` nor `X-Signature`: give the destination a `sharedSecret`, and see that no proxy takes these headers away',
    );
  const signatures = given.map((hex) => (hex === null ? null : hexBytes(hex)));
  const literal = keys.map((key) => key.literal);
  if (!(await isSignedByAny(literal, signatures, new Uint8Array(body)))) throw wrong('X-Signature');
  return { scheme: 'x-signature', id: null, attemptedAtMs: null };
}

/** Tries all of them, so that how long it takes does not say which it was. */
async function isSignedByAny(
  keys: readonly SecretKeys['standard'][],
  signatures: readonly (Uint8Array<ArrayBuffer> | null)[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  // A rotation has two. A list without end would have us hash the body as often as a stranger likes.
  const given = signatures.filter((signature) => signature !== null).slice(0, SIGNATURES_MAX);
  const tried = keys.flatMap((key) =>
    given.map(async (signature) => crypto.subtle.verify('HMAC', key, signature, signed)),
  );
  return (await Promise.all(tried)).includes(true);
}

const SIGNATURES_MAX = 5;

function checkTime(aheadMs: number, toleranceMs: number): void {
  if (Math.abs(aheadMs) <= toleranceMs) return;
  const [reason, when] = aheadMs < 0 ? (['too_old', 'ago'] as const) : (['too_new', 'ahead'] as const);
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  throw new WebhookError(
    reason,
    `the signature is genuine, and of ${seconds} s ${when}, where ${toleranceMs / 1000} s are allowed: set the clocks of both machines, or see who sends old requests again`,
  );
}

function missingStandard(headers: WebhookHeaders): WebhookError {
  if (headerOf(headers, 'webhook-signature') !== null)
    return new WebhookError(
      'missing_signature',
      'the request has a `webhook-signature` without `webhook-id` or `webhook-timestamp`: see which proxy takes them away',
    );
  if (headerOf(headers, 'x-signature') !== null)
    return new WebhookError(
      'missing_signature',
      "the request has `X-Signature` alone, which anybody who saw it can send again: see which proxy takes `webhook-signature` away, or set `accept: 'any'` if Segment sends here too",
    );
  return new WebhookError(
    'missing_signature',
    'the request has no `webhook-signature`: give the destination a `sharedSecret`, and see that no proxy takes these headers away',
  );
}

function wrong(header: string): WebhookError {
  return new WebhookError(
    'wrong_signature',
    `\`${header}\` was made with another secret, or over other bytes: compare the secret with the \`sharedSecret\` of the destination, and see that the body is checked as it came, not parsed and written again`,
  );
}

function hexBytes(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function replayIn(headers: WebhookHeaders): string | null {
  const said = headerOf(headers, 'x-sluice-replay');
  return said !== null && /^rpl_\w{1,64}$/.test(said) ? said : null;
}
