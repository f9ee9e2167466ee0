import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { isGenuine } from '../../examples/receive-webhooks.ts';
import { makeSigner } from '../../src/adapters/webhook/signature.ts';

const AT_S = 1_767_225_600;
const BODY = Buffer.from('[{"type":"track","event":"One"},{"type":"track","event":"Naïve ☃"}]');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What a receiver gets of a request, headers in lower case. */
function headersOf(sharedSecret: string, nextSecret: string | null = null): Record<string, string> {
  const flat = makeSigner({ sharedSecret, nextSecret }).headersOf('evt_1', AT_S * 1000, BODY);
  return Object.fromEntries(
    flat.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), flat[at + 1] ?? '']] : [])),
  );
}

describe('the receiver of the examples', () => {
  for (const secret of [SECRET, 'keep-me-safe', 'schlüssel']) {
    it(`takes what was signed with ${secret}`, () => {
      assert.equal(isGenuine(headersOf(secret), BODY, secret, AT_S + 3), true);
    });
  }
  it('refuses what was signed long ago, or is from the future', () => {
    for (const off of [-301, 301, 86_400]) {
      assert.equal(isGenuine(headersOf(SECRET), BODY, SECRET, AT_S + off), false);
    }
  });
  it('refuses a timestamp that was made new, or is none', () => {
    for (const at of [String(AT_S + 301), 'NaN', '', 'soon', `${AT_S}x`]) {
      const headers = { ...headersOf(SECRET), 'webhook-timestamp': at };
      assert.equal(isGenuine(headers, BODY, SECRET, AT_S + 301), false, at);
    }
  });
  it('refuses another id', () => {
    assert.equal(isGenuine({ ...headersOf(SECRET), 'webhook-id': 'evt_2' }, BODY, SECRET, AT_S), false);
  });
  it('refuses a body of which a byte was changed, wherever it is', () => {
    for (let at = 0; at < BODY.length; at += 1) {
      const tampered = Buffer.from(BODY);
      tampered.writeUInt8(tampered.readUInt8(at) ^ 1, at);
      assert.equal(isGenuine(headersOf(SECRET), tampered, SECRET, AT_S), false);
    }
    assert.equal(isGenuine(headersOf(SECRET), Buffer.concat([BODY, Buffer.from(' ')]), SECRET, AT_S), false);
  });
  it('refuses to be content with the older signature', () => {
    const headers = headersOf(SECRET);
    delete headers['webhook-signature'];
    assert.equal(isGenuine(headers, BODY, SECRET, AT_S), false);
    const sha1 = createHmac('sha1', SECRET).update(BODY).digest('base64');
    for (const signature of ['', 'v1', 'v1,', `v0,${sha1}`, `v1,${sha1}`, `v1a,${sha1}`]) {
      assert.equal(isGenuine({ ...headers, 'webhook-signature': signature }, BODY, SECRET, AT_S), false, signature);
    }
  });
  it('takes a signature that is not the first of the list', () => {
    const headers = headersOf(SECRET);
    const list = `v1,${'A'.repeat(43)}= v2,future ${headers['webhook-signature'] ?? ''}`;
    assert.equal(isGenuine({ ...headers, 'webhook-signature': list }, BODY, SECRET, AT_S), true);
  });
  it('takes either secret while it is rotated, and after that the new one alone', () => {
    const rotating = headersOf('old', 'new');
    for (const secret of ['old', 'new']) assert.equal(isGenuine(rotating, BODY, secret, AT_S), true);
    assert.equal(isGenuine(headersOf('new'), BODY, 'old', AT_S), false);
  });
  it('refuses a request without signatures', () => {
    assert.equal(isGenuine({ 'webhook-id': 'evt_1', 'webhook-timestamp': String(AT_S) }, BODY, SECRET, AT_S), false);
  });
});
