/** Line 4 of the checklist (protocol sections 1.2 and 7.3). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, base64, batch, Gateway, track } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const IN_HEADER = [
  ['Basic with a colon (Node, Java, Ruby, PHP, Go, .NET, Rust)', AS_APP],
  ['Basic without a colon', `Authorization: Basic ${base64('wk_app')}`],
  ['Basic with a colon behind the scheme (Roku)', `Authorization: Basic: ${base64('wk_app')}`],
  ['a header in capitals', `AUTHORIZATION:BASIC  ${base64('wk_app:x')}`],
] as const;
const IN_ENVELOPE = { writeKey: 'wk_app' };

describe('7.3 line 4: a write key', () => {
  for (const [what, header] of IN_HEADER) {
    it(`is taken from ${what}`, async () => {
      await gateway.arrives((mark) => ({ headers: [header], body: track(mark) }));
      await gateway.arrives((mark) => ({ path: '/v1/batch', headers: [header], body: batch(mark) }));
    });
  }

  it('is taken from the body of a call and the envelope of a batch (Python, Swift, Kotlin, C#, React Native)', async () => {
    await gateway.arrives((mark) => ({ body: track(mark, IN_ENVELOPE) }));
    await gateway.arrives((mark) => ({ path: '/v1/b', body: batch(mark, {}, IN_ENVELOPE) }));
  });

  it('is taken from the items of a batch (browser batching)', async () => {
    await gateway.arrives((mark) => ({ path: '/v1/b', body: batch(mark, IN_ENVELOPE) }));
  });

  it('is taken from the body beside a Bearer token, which is not looked at (OAuth)', async () => {
    const headers = ['Authorization: Bearer e30.e30.nothing'];
    await gateway.arrives((mark) => ({ path: '/v1/batch', headers, body: batch(mark, {}, IN_ENVELOPE) }));
  });

  it('is taken from the query, or from the data in it (pixels, AMP)', async () => {
    const queries = [
      (mark: string) => `data=${Buffer.from(track(mark)).toString('base64url')}&writeKey=wk_app`,
      (mark: string) => `data=${encodeURIComponent(base64(track(mark, IN_ENVELOPE)))}`,
    ];
    for (const query of queries) await gateway.arrives((mark) => ({ method: 'GET', path: `/v1/t?${query(mark)}` }));
  });

  it('goes by the header where the body says another', async () => {
    const event = await gateway.arrives((mark) => ({ headers: [AS_APP], body: track(mark, { writeKey: 'wk_other' }) }));
    assert.equal(event['projectId'], 'app');
  });

  it('goes by the envelope where an item says another', async () => {
    const body = (mark: string): string => batch(mark, { writeKey: 'wk_other' }, IN_ENVELOPE);
    const event = await gateway.arrives((mark) => ({ path: '/v1/b', body: body(mark) }));
    assert.equal(event['projectId'], 'app');
  });
});
