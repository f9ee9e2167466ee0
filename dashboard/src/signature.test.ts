import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { type CheckedSignature, checkSignatures, segmentSignature, standardSignature } from './signature.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const BODY = '{"test": 2432232314}';
const MESSAGE = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: bytesOf(BODY) };
const AT_MS = 1_614_265_330_000;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('signatures of a request', () => {
  it('signs as the example of Standard Webhooks does', async () => {
    const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    assert.equal(await standardSignature(MESSAGE, SECRET), expected);
  });

  it('takes a secret without the prefix as it is', async () => {
    const { id, timestamp } = MESSAGE;
    const expected = createHmac('sha256', 'sécret').update(`${id}.${timestamp}.${BODY}`).digest('base64');
    assert.equal(await standardSignature(MESSAGE, 'sécret'), `v1,${expected}`);
  });

  it('signs with SHA-1 as Segment does, whatever the secret looks like', async () => {
    for (const secret of ['shared', SECRET, '']) {
      const expected = createHmac('sha1', secret).update('{"a":"ü"}').digest('hex');
      assert.equal(await segmentSignature(bytesOf('{"a":"ü"}'), secret), expected);
    }
  });

  it('signs bytes that are no text', async () => {
    const odd = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assert.equal(await segmentSignature(odd, 'a'), createHmac('sha1', 'a').update(odd).digest('hex'));
  });

  /** How each signature of a request is judged. */
  async function judged(headers: Record<string, string>, secret: string, { body = BODY, atMs = AT_MS } = {}) {
    const checked = await checkSignatures({ headers, body: bytesOf(body), atMs }, secret);
    const found = checked.map(({ header, verdict, words }) => [header, { verdict, words }] as const);
    return Object.fromEntries(found) as Record<string, Pick<CheckedSignature, 'verdict' | 'words'> | undefined>;
  }

  /** Signed in both ways. */
  async function signedBy(secret: string, body = BODY): Promise<Record<string, string>> {
    const { id, timestamp } = MESSAGE;
    const bytes = bytesOf(body);
    return {
      'x-signature': await segmentSignature(bytes, secret),
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,AAAA ${await standardSignature({ ...MESSAGE, body: bytes }, secret)}`,
    };
  }

  it('finds the right one among several, and tells a wrong one', async () => {
    const headers = { ...(await signedBy(SECRET)), 'x-signature': 'deadbeef' };
    const { 'x-signature': segment, 'webhook-signature': standard } = await judged(headers, SECRET);
    assert.deepEqual([segment?.verdict, standard?.verdict], ['invalid', 'valid']);
    assert.match(segment?.words ?? '', /40 digits/);
    const changed = await judged(headers, SECRET, { body: BODY.replace('2', '3') });
    assert.equal(changed['webhook-signature']?.verdict, 'invalid');
    assert.match(changed['webhook-signature'].words, /another one, or the body was changed/);
  });

  it('says what is likely to be wrong', async () => {
    const headers = await signedBy('keep-me-safe');
    const cases: readonly [headers: Record<string, string>, secret: string, body: string, words: RegExp][] = [
      [headers, 'keep-me-safe ', BODY, /white space around it/],
      [headers, 'whsec_keep-me-safe', BODY, /whsec_ before it here/],
      [await signedBy(SECRET), SECRET.slice('whsec_'.length), BODY, /begins with whsec_, which is missing/],
      [await signedBy('keep-me-safe', '{"test":2432232314}'), 'keep-me-safe', BODY, /wrote its JSON anew/],
      [headers, 'other', BODY, /another one, or the body/],
    ];
    for (const [signed, secret, body, words] of cases) {
      const found = await judged(signed, secret, { body });
      for (const checked of Object.values(found)) {
        assert.equal(checked?.verdict, 'invalid');
        assert.match(checked.words, words);
      }
    }
    const next = { 'x-signature': 'a'.repeat(40), 'x-signature-next': headers['x-signature'] ?? '' };
    assert.match((await judged(next, 'keep-me-safe'))['x-signature']?.words ?? '', /new secret of a rotation/);
  });

  it('tells one that is right and too old', async () => {
    const headers = await signedBy(SECRET);
    const late = (await judged(headers, SECRET, { atMs: AT_MS + 6 * 60_000 }))['webhook-signature'];
    assert.equal(late?.verdict, 'stale');
    assert.match(late.words, /6 minutes before/);
    const odd = await signedBy(SECRET);
    odd['webhook-timestamp'] = 'soon';
    odd['webhook-signature'] = await standardSignature({ ...MESSAGE, timestamp: 'soon' }, SECRET);
    assert.equal((await judged(odd, SECRET))['webhook-signature']?.verdict, 'stale');
  });

  it('does not judge what it cannot check', async () => {
    assert.deepEqual(await judged({}, 'a'), {});
    assert.equal((await judged({ 'webhook-signature': 'v1,AA' }, 'a'))['webhook-signature']?.verdict, 'unchecked');
  });
});
