import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeSigner } from './signature.ts';

const AT_MS = 1_614_265_330_999;
const BODY = '{"test": 2432232314}';

function signed(secret: string | null, body = BODY, nextSecret: string | null = null): Record<string, string> {
  const flat = makeSigner({ sharedSecret: secret, nextSecret }).headersOf('msg_p5jXN8AQM9LWM0D4loKWxJek', AT_MS, body);
  const headers: Record<string, string> = {};
  for (let index = 0; index < flat.length; index += 2) headers[flat[index]!] = flat[index + 1]!;
  return headers;
}

describe('the signature of a request', () => {
  it('is the published vector of Standard Webhooks for a whsec_ secret', () => {
    const headers = signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
  it('takes any other secret as its UTF-8 bytes', () => {
    const expected = createHmac('sha256', Buffer.from('schlüssel'))
      .update(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${BODY}`)
      .digest('base64');
    assert.equal(signed('schlüssel')['webhook-signature'], `v1,${expected}`);
  });
  it('is in X-Signature the published RFC 2202 vector of HMAC-SHA1', () => {
    const headers = signed('Jefe', 'what do ya want for nothing?');
    assert.equal(headers['X-Signature'], 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  });
  it('takes a whsec_ secret literally in X-Signature', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    assert.equal(signed(secret)['X-Signature'], createHmac('sha1', secret).update(BODY).digest('hex'));
  });
  it('changes with the body', () => {
    const other = signed('Jefe', '{"test": 2432232315}');
    assert.notEqual(signed('Jefe')['X-Signature'], other['X-Signature']);
    assert.notEqual(signed('Jefe')['webhook-signature'], other['webhook-signature']);
  });
  it('comes with the id and the time in whole seconds', () => {
    assert.equal(signed('Jefe')['webhook-id'], 'msg_p5jXN8AQM9LWM0D4loKWxJek');
    assert.equal(signed('Jefe')['webhook-timestamp'], '1614265330');
  });
  it('is left out without a secret', () => {
    assert.deepEqual(signed(null), {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
    });
  });
  it('is made with both secrets while the secret is rotated, the present one first', () => {
    const [present, next, both] = [signed('old'), signed('new'), signed('old', BODY, 'new')];
    assert.equal(both['X-Signature'], present['X-Signature']);
    assert.equal(both['X-Signature-Next'], next['X-Signature']);
    assert.equal(both['webhook-signature'], `${present['webhook-signature']} ${next['webhook-signature']}`);
    assert.equal(present['X-Signature-Next'], undefined);
  });
  it('is left out where there is only a secret to come', () => {
    assert.deepEqual(signed(null, BODY, 'new'), signed(null));
  });
  it('works with a whsec_ secret that holds no base64', () => {
    assert.match(signed('whsec_')['webhook-signature'] ?? '', /^v1,.{44}$/);
  });
});
