import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeSigner, type SignerSecrets } from '../../../adapters/webhook/signature.ts';
import { type CapturedRequest, requestIn } from './captured-request.ts';
import { judged } from './signature-verdicts.ts';

const AT_MS = Date.UTC(2026, 2, 1, 12);
const SECRET = 'keep-me-safe';
const STANDARD = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const BODY = '{"version":1,"type":"track","userId":"ü1","event":"Bought","properties":{"n":1}}';

/** As Sluice sends it. */
function sent(secrets: Partial<SignerSecrets> = {}, body = BODY): CapturedRequest {
  const signer = makeSigner({ sharedSecret: SECRET, nextSecret: null, ...secrets });
  const named = signer.headersOf('evt_1', AT_MS, body);
  const pairs = named.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), named[index + 1] ?? '']] : []));
  const headers = { 'content-length': String(Buffer.byteLength(body)), ...Object.fromEntries(pairs) } as Record<
    string,
    string
  >;
  return { headers, body: Buffer.from(body), atMs: AT_MS + 1_000, remark: null };
}

/** All that is said of it. */
async function said(request: CapturedRequest, secret = SECRET) {
  const { isValid, verdicts, notes } = await judged(request, secret, AT_MS + 1_000);
  const states = Object.fromEntries(verdicts.map(({ header, state }) => [header, state]));
  return { isValid, states, text: [...verdicts.flatMap((each) => each.notes), ...notes].join('\n') };
}

const headed = (headers: Readonly<Record<string, string>>): CapturedRequest => {
  const request = sent();
  return { ...request, headers: { ...request.headers, ...headers } };
};
const hmac = (hash: string, key: string | Buffer, text: string) => createHmac(hash, key).update(text);
const standard = (key: string | Buffer, text = `evt_1.${AT_MS / 1_000}.${BODY}`) =>
  `v1,${hmac('sha256', key, text).digest('base64')}`;

describe('a request that Sluice sent', () => {
  it('is valid with its secret, of either form', async () => {
    for (const secret of [SECRET, STANDARD]) {
      const { isValid, states, text } = await said(sent({ sharedSecret: secret }), secret);
      assert.deepEqual([isValid, text], [true, '']);
      assert.deepEqual(states, { 'webhook-signature': 'valid', 'x-signature': 'valid', 'x-signature-next': 'absent' });
    }
  });

  it('is valid with either secret while that is rotated, and says which one it is', async () => {
    const request = sent({ nextSecret: 'another' });
    const [present, next] = [await said(request), await said(request, 'another')];
    assert.deepEqual([present.isValid, next.isValid], [true, true]);
    assert.match(present.text, /yours is of the present secret.*\n.*Of the next secret: .*yours is the present one/);
    assert.match(next.text, /yours is of the next secret.*\n.*Of the present secret: .*yours is the next one/);
  });

  it('is signed with another secret, or was changed, and what tells them apart is told', async () => {
    const other = await said(sent(), 'wrong');
    assert.equal(other.isValid, false);
    assert.match(
      other.text,
      /signed with another secret, or .*so the secret is the likely one\.\n.*sluice verify --bin ID/,
    );
    const cut = await said({ ...sent(), body: Buffer.from(BODY.slice(0, 40)) });
    assert.match(cut.text, /The body was changed or cut off: it has 41 bytes, and `content-length` says 81/);
    const without = await said({ ...sent(), body: Buffer.alloc(0) });
    assert.match(without.text, /The body is empty/);
    const sorted = { event: 'Bought', properties: { n: 1 }, type: 'track', userId: 'ü1', version: 1 };
    assert.match(
      (await said({ ...sent(), body: Buffer.from(JSON.stringify(sorted)) })).text,
      /keys are in alphabetical order/,
    );
    assert.match((await said({ ...sent(), headers: {} })).text, /It has no signature/);
  });
});

describe('a body that was captured otherwise than it came', () => {
  const bodies: readonly (readonly [string, RegExp])[] = [
    [`${BODY}\n`, /verifies without the newline at its end: your capture added one/],
    [`${BODY}\r\n`, /verifies without the line end \(CRLF\)/],
    [JSON.stringify(JSON.parse(BODY), null, 2), /verifies as JSON without white space/],
    [BODY.replaceAll(',', ', ').replace('ü', '\\u00fc'), /verifies as JSON without white space/],
    [`\ufeff${BODY}`, /without the byte order mark/],
    [Buffer.from(BODY).toString('latin1'), /took the bytes for Latin-1/],
  ];
  for (const [body, pattern] of bodies) {
    it(`is recognised: ${pattern.source}`, async () => {
      const { isValid, text } = await said({ ...sent(), body: Buffer.from(body) });
      assert.equal(isValid, false);
      assert.match(text, pattern);
    });
  }

  it('is recognised: a newline of its own that is gone, and CRLF in place of LF', async () => {
    const request = sent({}, `[\n${BODY}\n]\n`);
    assert.match((await said({ ...request, body: Buffer.from(`[\n${BODY}\n]`) })).text, /with a newline at its end/);
    assert.match(
      (await said({ ...request, body: Buffer.from(`[\r\n${BODY}\r\n]\r\n`) })).text,
      /with LF in place of CRLF/,
    );
  });
});

describe('a signature that was made otherwise', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
    [
      { 'webhook-signature': standard(STANDARD) },
      STANDARD,
      /secret was taken literally, where `whsec_` says that base64/,
    ],
    [
      { 'webhook-signature': standard(STANDARD.slice(6)) },
      STANDARD,
      /taken without `whsec_`, and what follows was not decoded/,
    ],
    [
      { 'webhook-signature': standard(Buffer.from(SECRET, 'base64')) },
      SECRET,
      /decoded from base64, which only one that begins/,
    ],
    [{ 'webhook-signature': standard(`${SECRET}\n`) }, SECRET, /newline at its end/],
    [{ 'webhook-signature': standard(SECRET, BODY) }, SECRET, /over the body alone/],
    [{ 'webhook-signature': standard(SECRET).slice(3) }, SECRET, /lacks the `v1,`/],
    [
      { 'webhook-signature': `v1,${hmac('sha256', SECRET, `evt_1.${AT_MS / 1_000}.${BODY}`).digest('hex')}` },
      SECRET,
      /in hex, where/,
    ],
    [{ 'x-signature': hmac('sha1', SECRET, BODY).digest('base64') }, SECRET, /in base64, where X-Signature is hex/],
    [{ 'x-signature': hmac('sha1', SECRET, BODY).digest('hex').toUpperCase() }, SECRET, /in capitals/],
    [{ 'x-signature': `sha1=${hmac('sha1', SECRET, BODY).digest('hex')}` }, SECRET, /begins with `sha1=`/],
    [
      { 'x-signature': hmac('sha256', SECRET, BODY).digest('hex') },
      SECRET,
      /no SHA-1 in hex, which has 40 characters; this has 64/,
    ],
    [
      { 'x-signature': hmac('sha1', Buffer.from(STANDARD.slice(6), 'base64'), BODY).digest('hex') },
      STANDARD,
      /`whsec_` included/,
    ],
    [{ 'webhook-timestamp': String(AT_MS) }, SECRET, /in milliseconds; it was signed in seconds/],
    [
      { 'webhook-id': 'evt_2' },
      SECRET,
      /Secret and body are right, as X-Signature shows: `webhook-id`, `webhook-timestamp` or/,
    ],
  ];
  for (const [headers, secret, pattern] of cases) {
    it(`is recognised: ${pattern.source}`, async () => {
      const { isValid, text } = await said(headed(headers), secret);
      assert.equal(isValid, false);
      assert.match(text, pattern);
    });
  }

  it('is of a request that came too late, or from the future', async () => {
    const late = await said({ ...sent(), atMs: AT_MS + 600_000 });
    assert.equal(late.isValid, false);
    assert.match(late.text, /It was 10 min old when it came, and receivers allow 5 minutes/);
    assert.match((await said({ ...sent(), atMs: AT_MS - 600_000 })).text, /one of the two clocks is wrong/);
    const { isValid, notes } = await judged({ ...sent(), atMs: null }, SECRET, AT_MS + 86_400_000);
    assert.equal(isValid, true);
    assert.match(notes.join('\n'), /signed 24 h ago: a receiver that allows 5 minutes would refuse it now/);
  });
});

describe('a captured request', () => {
  it('is read as it went over the wire, and as JSON of bins and of others', () => {
    const raw = Buffer.from(`POST /hook HTTP/1.1\r\nHost: x\r\nX-Signature:  abc \r\n\r\n${BODY}`);
    assert.deepEqual(requestIn(raw), {
      headers: { host: 'x', 'x-signature': 'abc' },
      body: Buffer.from(BODY),
      atMs: null,
      remark: null,
    });
    assert.equal(requestIn(Buffer.from(`X-Signature: abc\n\n${BODY}\n`)).body.toString(), `${BODY}\n`);
    const kept = { headers: { 'X-Signature': ['abc'] }, body: BODY, at: '2026-03-01T12:00:01Z' };
    for (const json of [kept, { data: [kept] }, { ...kept, headers: [['X-SIGNATURE', 'abc']] }]) {
      const request = requestIn(Buffer.from(JSON.stringify(json)));
      assert.deepEqual(
        [request.headers, request.body.toString(), request.atMs],
        [{ 'x-signature': 'abc' }, BODY, AT_MS + 1_000],
      );
    }
    const encoded = { headers: {}, body: Buffer.from(BODY).toString('base64'), isBase64Encoded: true };
    assert.equal(requestIn(Buffer.from(JSON.stringify(encoded))).body.toString(), BODY);
    const parsed = requestIn(Buffer.from(JSON.stringify({ headers: {}, body: JSON.parse(BODY) as unknown })));
    assert.match(parsed.remark ?? '', /holds the body parsed/);
    for (const other of ['hello', '{"a":1}', '', 'GET / HTTP/1.1\r\n']) {
      assert.throws(() => requestIn(Buffer.from(other)), /neither an HTTP request nor JSON/);
    }
  });
});
