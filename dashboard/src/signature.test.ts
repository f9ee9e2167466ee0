import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkSignatures, segmentSignature, standardSignature } from './signature.ts';

const MESSAGE = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' };
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('signatures of a request', () => {
  it('signs as the example of Standard Webhooks does', async () => {
    const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    assert.equal(await standardSignature(MESSAGE, SECRET), expected);
  });

  it('takes a secret without the prefix as it is', async () => {
    const { id, timestamp, body } = MESSAGE;
    const expected = createHmac('sha256', 'sécret').update(`${id}.${timestamp}.${body}`).digest('base64');
    assert.equal(await standardSignature(MESSAGE, 'sécret'), `v1,${expected}`);
  });

  it('signs with SHA-1 as Segment does, whatever the secret looks like', async () => {
    for (const secret of ['shared', SECRET, '']) {
      const expected = createHmac('sha1', secret).update('{"a":"ü"}').digest('hex');
      assert.equal(await segmentSignature('{"a":"ü"}', secret), expected);
    }
  });

  it('finds the right one among several, and tells a wrong one', async () => {
    const headers = {
      'x-signature': 'deadbeef',
      'webhook-id': MESSAGE.id,
      'webhook-timestamp': MESSAGE.timestamp,
      'webhook-signature': `v1,AAAA ${await standardSignature(MESSAGE, SECRET)}`,
    };
    assert.deepEqual(await checkSignatures({ headers, body: MESSAGE.body }, SECRET), [
      { header: 'x-signature', verdict: 'invalid' },
      { header: 'webhook-signature', verdict: 'valid' },
    ]);
    assert.deepEqual((await checkSignatures({ headers, body: `${MESSAGE.body} ` }, SECRET)).at(-1), {
      ...{ header: 'webhook-signature', verdict: 'invalid' },
    });
  });

  it('does not judge what it cannot check', async () => {
    assert.deepEqual(await checkSignatures({ headers: {}, body: '' }, 'a'), []);
    assert.deepEqual(await checkSignatures({ headers: { 'webhook-signature': 'v1,AA' }, body: '' }, 'a'), [
      { header: 'webhook-signature', verdict: 'unchecked' },
    ]);
  });
});
