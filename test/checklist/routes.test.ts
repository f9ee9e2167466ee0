/** Lines 1 and 2 of the checklist (protocol section 7.3), as far as they need no library: `test/libraries` has those. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, batch, Gateway, track } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const CONTEXT = { library: { name: 'by-hand', version: '1' }, page: { url: 'https://shop.example/' } };

/** A call of each type with all that its type has, and keys that none has. */
const CALLS = {
  identify: { traits: { email: 'a@example.com', address: { city: 'Basel' } } },
  track: { event: 'Signed Up', properties: { plan: 'Pro', price: 0.1, tags: ['a', null] } },
  page: { name: 'Pricing', category: 'Docs', properties: { path: '/pricing' } },
  screen: { name: 'Main', properties: { depth: 3 } },
  group: { groupId: 'g1', traits: { name: 'Initech', employees: 329 } },
  alias: { previousId: 'anon-1' },
};
const EVERYWHERE = {
  anonymousId: 'a1',
  context: CONTEXT,
  integrations: { All: true, X: { y: 1 } },
  unknown: { kept: 1 },
};

describe('7.3 line 1: every kind of message', () => {
  for (const [type, own] of Object.entries(CALLS)) {
    it(`arrives as it was sent: ${type}`, async () => {
      const call = { ...EVERYWHERE, ...own };
      const event = await gateway.arrives((mark) => ({
        path: `/v1/${type}`,
        headers: [AS_APP],
        body: JSON.stringify({ ...call, userId: mark }),
      }));
      assert.deepEqual({ ...event, ...call, type }, event);
      const set = ['version', 'messageId', 'timestamp', 'receivedAt', 'channel', 'projectId'];
      assert.deepEqual(Object.keys(event).toSorted(), ['type', 'userId', ...set, ...Object.keys(call)].toSorted());
    });
  }

  it('arrives as it was sent: many in one', async () => {
    const mark = gateway.mark();
    const items = Object.entries(CALLS).map(([type, own]) => ({
      ...EVERYWHERE,
      ...own,
      type,
      userId: `${mark} ${type}`,
    }));
    const { status } = await gateway.send({
      path: '/v1/batch',
      headers: [AS_APP],
      body: JSON.stringify({ batch: items }),
    });
    assert.equal(status, 200);
    for (const item of items) {
      const event = await gateway.event(item.userId);
      assert.deepEqual({ ...event, ...item }, event);
    }
  });
});

const LONG = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
const BATCHES = ['batch', 'import', 'b'];

describe('7.3 line 2: a route', () => {
  for (const type of LONG) {
    it(`takes ${type} calls by its name and by its letter, by POST and PUT, in any case, with a slash behind`, async () => {
      for (const name of [type, type.slice(0, 1)]) {
        for (const path of [`/v1/${name}`, `/v1/${name}/`, `/V1/${name.toUpperCase()}`]) {
          for (const method of ['POST', 'PUT']) {
            const event = await gateway.arrives((mark) => ({
              ...{ method, path, headers: [AS_APP] },
              body: JSON.stringify({ ...EVERYWHERE, ...CALLS[type], userId: mark }),
            }));
            assert.equal(event['type'], type);
          }
        }
      }
    });
  }

  for (const name of BATCHES) {
    it(`takes batches at /v1/${name} likewise (Java posts to /v1/import/)`, async () => {
      for (const path of [`/v1/${name}`, `/v1/${name}/`, `/v1/${name.replace(/^./, (first) => first.toUpperCase())}`]) {
        for (const method of ['POST', 'PUT']) {
          await gateway.arrives((mark) => ({ method, path, headers: [AS_APP], body: batch(mark) }));
        }
      }
    });
  }

  it('takes the type of a single call from its path, whatever the body says', async () => {
    const event = await gateway.arrives((mark) => ({ headers: [AS_APP], body: track(mark, { type: 'page' }) }));
    assert.equal(event['type'], 'track');
  });
});
