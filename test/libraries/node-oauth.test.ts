/** Node.js's library with OAuth, running itself: a token in the header, and the write key in the body. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Analytics } from '@segment/analytics-node';
import { Gateway } from '../support/gateway.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

let gateway: Gateway;
/** In place of Segment's, which gives out the tokens. */
let authorizer: Receiver;
before(async () => {
  authorizer = await openReceiver();
  gateway = await Gateway.open();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await authorizer.close();
});

describe('@segment/analytics-node with OAuth', () => {
  it('delivers with a token that Sluice does not know, by the write key in the body', async () => {
    const token = { access_token: 'header.claims.signature', expires_in: 3_600, token_type: 'Bearer' };
    authorizer.answer({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(token) });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const clientKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const analytics = new Analytics({
      writeKey: 'wk_app',
      host: gateway.url,
      oauthSettings: { clientId: 'client', clientKey, keyId: 'key', authServer: authorizer.url('').replace(/\/$/, '') },
    });
    const failures: unknown[] = [];
    analytics.on('error', (failure) => failures.push(failure));
    const [first, second] = [gateway.mark(), gateway.mark()];
    analytics.identify({ userId: first, traits: { plan: 'Pro' } });
    analytics.track({ userId: second, event: 'Order Completed', properties: { price: 19.5 } });
    await analytics.closeAndFlush();
    assert.deepEqual((await gateway.event(first))['traits'], { plan: 'Pro' });
    assert.deepEqual((await gateway.event(second))['properties'], { price: 19.5 });
    assert.deepEqual(failures, []);
    assert.equal(authorizer.requests.length, 1);
  });
});
