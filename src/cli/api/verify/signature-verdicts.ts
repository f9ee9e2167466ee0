import { literalSignature, standardSignature } from '../../../domain/webhook-signature.ts';
import { durationText } from '../../printable.ts';
import type { CapturedRequest } from './captured-request.ts';
import { differencesFor } from './signature-search.ts';

/** What is to be said of one header with a signature. */
export interface Verdict {
  readonly header: 'webhook-signature' | 'x-signature' | 'x-signature-next';
  /** `other`: it is there for another secret than this one, and that is as it should be. */
  readonly state: 'valid' | 'invalid' | 'absent' | 'other';
  /** Sentences: what is wrong, or to be known. */
  readonly notes: readonly string[];
}

export interface Judgement {
  /** Whether a receiver that has this secret takes it. */
  readonly isValid: boolean;
  readonly verdicts: readonly Verdict[];
  /** When it was signed, by its own word; null where it does not say. */
  readonly signedAtMs: number | null;
  /** Sentences about the request as a whole. */
  readonly notes: readonly string[];
}

/** How far off a timestamp may be for receivers that go by Standard Webhooks. */
const TOLERANCE_MS = 5 * 60_000;

/** Checks all signatures of a request with one secret, and says of each that fails why, as far as that can be found out. */
export async function judged(request: CapturedRequest, secret: string, nowMs: number): Promise<Judgement> {
  const [standard, literal, next] = await Promise.all([
    standardVerdict(request, secret),
    literalVerdict(request, secret, 'x-signature'),
    literalVerdict(request, secret, 'x-signature-next'),
  ]);
  const verdicts = asPair(standard, literal, next);
  const time = timeNotes(request, nowMs);
  const present = verdicts.filter(({ state }) => state === 'valid' || state === 'invalid');
  return {
    isValid: present.length > 0 && present.every(({ state }) => state === 'valid') && time.isGood,
    verdicts,
    signedAtMs: time.signedAtMs,
    notes: [...wholeNotes(request, verdicts), ...time.notes],
  };
}

async function standardVerdict(request: CapturedRequest, secret: string): Promise<Verdict> {
  const header = 'webhook-signature';
  const { headers, body } = request;
  const state = await standardSignature({ headers, body: new Uint8Array(body) }, secret);
  const given = headers[header];
  if (given === undefined || state === 'absent') return { header, state: 'absent', notes: [] };
  const signatures = given.split(/[ ,]+(?=v\d)|\s+/);
  if (state === 'valid')
    return { header, state, notes: rotationNotes(await places(request, secret, given), signatures) };
  const { 'webhook-id': id, 'webhook-timestamp': at } = headers;
  const missing = [...(id === undefined ? ['webhook-id'] : []), ...(at === undefined ? ['webhook-timestamp'] : [])];
  if (missing.length > 0) {
    return { header, state, notes: [`It is over ${missing.join(' and ')} too, which the capture does not have.`] };
  }
  const notes = signatures
    .map((signature) => {
      const value = signature.replace(/^v1,/, '');
      const prefixes = prefixesOf(id ?? '', at ?? '');
      const found = differencesFor({ prefixes, body, secret, hash: 'sha256', given: value });
      const marked = signature === value ? ['It lacks the `v1,` at its beginning.'] : [];
      return found === null ? null : [...found, ...marked];
    })
    .find((found) => found !== null);
  return { header, state, notes: notes ?? [] };
}

/** How id and time could have been, before the point that ends them. */
function prefixesOf(id: string, at: string) {
  const seconds = String(Math.floor(Number(at) / 1_000));
  const trimmed = id.trim();
  return [
    { value: `${id}.${at}.`, because: null },
    ...(/^\d{13}$/.test(at)
      ? [{ value: `${id}.${seconds}.`, because: '`webhook-timestamp` is in milliseconds; it was signed in seconds.' }]
      : []),
    { value: `${at}.`, because: 'It is over timestamp and body only; the scheme has the id before them.' },
    { value: '', because: 'It is over the body alone; the scheme has id and timestamp before it.' },
    ...(trimmed === id ? [] : [{ value: `${trimmed}.${at}.`, because: '`webhook-id` has white space around it.' }]),
  ];
}

async function places({ headers, body }: CapturedRequest, secret: string, given: string): Promise<readonly boolean[]> {
  return Promise.all(
    given.split(' ').map(async (each) => {
      const alone = { ...headers, 'webhook-signature': each };
      return (await standardSignature({ headers: alone, body: new Uint8Array(body) }, secret)) === 'valid';
    }),
  );
}

/** While a secret is rotated, there is a signature of each, the present one first. */
function rotationNotes(areValid: readonly boolean[], signatures: readonly string[]): readonly string[] {
  if (signatures.length < 2) return [];
  const which = areValid.indexOf(true) === 0 ? 'present' : 'next';
  return [`The secret is being rotated: it has ${signatures.length} signatures, and yours is of the ${which} secret.`];
}

async function literalVerdict(
  { headers, body }: CapturedRequest,
  secret: string,
  header: 'x-signature' | 'x-signature-next',
): Promise<Verdict> {
  const state = await literalSignature({ headers, body: new Uint8Array(body) }, secret, header);
  const given = headers[header];
  if (state !== 'invalid' || given === undefined) return { header, state, notes: [] };
  const prefixes = [{ value: '', because: null }];
  const found = differencesFor({ prefixes, body, secret, hash: 'sha1', given });
  if (found !== null) return { header, state, notes: found };
  if (/^[0-9a-f]{40}$/i.test(given)) return { header, state, notes: [] };
  const notes = [`It is no SHA-1 in hex, which has 40 characters; this has ${given.length}.`];
  return { header, state, notes };
}

/** One of the two is of the secret that one has, while it is rotated, and the other of the other. */
function asPair(standard: Verdict, literal: Verdict, next: Verdict): readonly Verdict[] {
  const other = (verdict: Verdict, note: string): Verdict => ({ ...verdict, state: 'other', notes: [note] });
  if (literal.state === 'valid' && next.state === 'invalid') {
    return [
      standard,
      literal,
      other(next, 'Of the next secret: the secret is being rotated, and yours is the present one.'),
    ];
  }
  if (next.state === 'valid' && literal.state === 'invalid') {
    return [
      standard,
      other(literal, 'Of the present secret: the secret is being rotated, and yours is the next one.'),
      next,
    ];
  }
  return [standard, literal, next];
}

const OTHERWISE = '`webhook-id`, `webhook-timestamp` or `webhook-signature` was changed';

/** What both kinds of signature together say, and what the headers say of the body. */
function wholeNotes({ headers, body, remark }: CapturedRequest, verdicts: readonly Verdict[]): readonly string[] {
  const kept = remark === null ? [] : [`Mind that ${remark}.`];
  const present = verdicts.filter(({ state }) => state !== 'absent');
  if (present.length === 0) {
    return [
      ...kept,
      'It has no signature: the destination has no `sharedSecret`, or the capture left the headers out.',
    ];
  }
  const unexplained = verdicts.filter(({ state, notes }) => state === 'invalid' && notes.length === 0);
  if (unexplained.length === 0) return kept;
  const literal = verdicts.find(({ header, state }) => header === 'x-signature' && state !== 'absent');
  if (literal?.state === 'valid') return [...kept, `Secret and body are right, as X-Signature shows: ${OTHERWISE}.`];
  if (literal?.state === 'invalid' && literal.notes.length > 0) {
    return [...kept, `What is wrong with X-Signature is said above; with webhook-signature, besides, ${OTHERWISE}.`];
  }
  return [...kept, ...suspects(headers, body)];
}

/** Another secret, or another body: what tells them apart. */
function suspects(headers: CapturedRequest['headers'], body: Buffer): readonly string[] {
  if (body.length === 0) return ['The body is empty: did the capture leave it out?'];
  const said = headers['content-length'];
  if (said !== undefined && Number(said) !== body.length) {
    return [`The body was changed or cut off: it has ${body.length} bytes, and \`content-length\` says ${said}.`];
  }
  const sorted = isSorted(body)
    ? [
        'Its keys are in alphabetical order, which Sluice does not put them in: something parsed the body and sorted them.',
      ]
    : [];
  const length =
    said === undefined ? '' : ' The body has the length that `content-length` says, so the secret is the likely one.';
  return [
    ...sorted,
    `It was signed with another secret, or its body was changed in a way that is not among the usual ones.${length}`,
    'To tell them apart, point the destination at a request bin for a moment (dashboard, or `POST /api/v1/bins`), send a test event, and run `sluice verify --bin ID` with the same secret: valid there means that something between Sluice and you changes the body.',
  ];
}

function isSorted(body: Buffer): boolean {
  try {
    const keys = Object.keys(JSON.parse(body.toString()) as object);
    return keys.length > 4 && keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key);
  } catch {
    return false;
  }
}

const DAY_MS = 86_400_000;

function ageText(ms: number): string {
  return ms < 2 * DAY_MS ? durationText(ms) : `${Math.round(ms / DAY_MS).toLocaleString('en')} days`;
}

interface Time {
  readonly signedAtMs: number | null;
  readonly isGood: boolean;
  readonly notes: readonly string[];
}

/** A capture is old when it is looked at. What counts is how old it was when it came, where somebody kept that. */
function timeNotes({ headers, atMs }: CapturedRequest, nowMs: number): Time {
  const said = headers['webhook-timestamp'];
  if (said === undefined) return { signedAtMs: null, isGood: true, notes: [] };
  if (!/^\d{1,13}$/.test(said)) {
    return { signedAtMs: null, isGood: false, notes: ['`webhook-timestamp` is no number of seconds since 1970.'] };
  }
  const isMs = said.length === 13;
  const signedAtMs = isMs ? Number(said) : Number(said) * 1_000;
  const units = isMs ? ['`webhook-timestamp` is in milliseconds, and has to be in seconds.'] : [];
  const offMs = (atMs ?? nowMs) - signedAtMs;
  if (offMs < -TOLERANCE_MS) {
    const note = `It was signed ${ageText(-offMs)} ${atMs === null ? 'from now' : 'after it came'}: one of the two clocks is wrong.`;
    return { signedAtMs, isGood: false, notes: [...units, note] };
  }
  if (offMs <= TOLERANCE_MS) return { signedAtMs, isGood: !isMs, notes: units };
  const old =
    atMs === null
      ? `It was signed ${ageText(offMs)} ago: a receiver that allows 5 minutes would refuse it now. Say when it came with --at to check that.`
      : `It was ${ageText(offMs)} old when it came, and receivers allow 5 minutes: it was sent again by somebody, or a clock is wrong.`;
  return { signedAtMs, isGood: atMs === null && !isMs, notes: [...units, old] };
}
