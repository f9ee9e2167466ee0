/** Line 8 of the checklist (protocol section 7.3): what is JSON and no call, no JSON, or a call in an odd form. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AS_APP, batch, type Event, Gateway, track } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const headers = [AS_APP];

/** Bodies that are no calls, and what they are refused with by a route of single calls and by one of batches. */
const NO_CALLS: readonly (readonly [body: string | Buffer, single: string, batch: string])[] = [
  ['[]', 'not_an_object', 'not_an_object'],
  ['null', 'not_an_object', 'not_an_object'],
  ['"x"', 'not_an_object', 'not_an_object'],
  ['7', 'not_an_object', 'not_an_object'],
  ['', 'malformed_json', 'malformed_json'],
  ['{"userId":', 'malformed_json', 'malformed_json'],
  ["{'userId':'u'}", 'malformed_json', 'malformed_json'],
  ['{"userId":"u"}{"userId":"u"}', 'malformed_json', 'malformed_json'],
  [Buffer.from([0x22, 0xff, 0x22]), 'malformed_json', 'malformed_json'],
];

describe('7.3 line 8: a body', () => {
  for (const [body, single, many] of NO_CALLS) {
    it(`of ${JSON.stringify(body.toString('latin1'))} is 400 on long routes, and refused after a 200 on short ones`, async () => {
      await gateway.rejects(400, single, { headers, body });
      await gateway.rejects(400, many, { path: '/v1/batch', headers, body });
      await gateway.refuses(single, { path: '/v1/t', headers, body });
      await gateway.refuses(many, { path: '/v1/b', headers, body });
    });
  }

  it('of {} is a call without a user, and no batch', async () => {
    for (const path of ['/v1/track', '/v1/t']) await gateway.refuses('no_user_anon_id', { path, headers, body: '{}' });
    await gateway.rejects(400, 'batch_not_array', { path: '/v1/batch', headers, body: '{}' });
    await gateway.refuses('batch_not_array', { path: '/v1/b', headers, body: '{}' });
  });

  it('of an empty batch is answered 200, and refused', async () => {
    for (const path of ['/v1/batch', '/v1/import', '/v1/b']) {
      await gateway.refuses('empty_batch', { path, headers, body: '{"batch":[]}' });
    }
  });

  it('is taken with a newline behind it, also by gzip (PHP ForkCurl), and with a byte order mark', async () => {
    await gateway.arrives((mark) => ({ headers, body: `${track(mark)}\n` }));
    await gateway.arrives((mark) => ({ headers, body: `\u{feff}${track(mark)}` }));
    const zipped = (text: string): Buffer => gzipSync(text);
    for (const text of [(mark: string) => `${batch(mark)}\n`, (mark: string) => `\u{feff}${batch(mark)}\r\n`]) {
      await gateway.arrives((mark) => ({
        path: '/v1/batch',
        headers: [AS_APP, 'Content-Encoding: gzip'],
        body: zipped(text(mark)),
      }));
    }
  });
});

describe('7.3 line 8: a call', () => {
  it('keeps lone surrogates as they were escaped', async () => {
    const mark = gateway.mark();
    const body = track(mark, { properties: 0 }).replace('"properties":0', '"properties":{"\\udc00":"x\\ud800y"}');
    assert.equal((await gateway.send({ headers, body })).status, 200);
    const request = await gateway.request(mark);
    assert.ok(request.body.includes('"properties":{"\\udc00":"x\\ud800y"}'), request.body);
  });

  it('has a user of null beside another, as browsers and Swift send it', async () => {
    const ids: readonly ((mark: string) => Event)[] = [
      (mark) => ({ userId: null, anonymousId: mark }),
      (mark) => ({ userId: mark, anonymousId: null }),
    ];
    for (const of of ids) {
      const mark = gateway.mark();
      await gateway.send({ headers, body: JSON.stringify({ event: 'E', ...of(mark) }) });
      const { userId, anonymousId } = await gateway.event(mark);
      assert.deepEqual({ userId, anonymousId }, of(mark));
    }
    await gateway.refuses('no_user_anon_id', { headers, body: '{"event":"E","userId":null,"anonymousId":null}' });
  });

  it('has properties or traits of null, a screen without a name or with an empty one (Rust, mobile)', async () => {
    await gateway.arrives((mark) => ({ headers, body: track(mark, { properties: null }) }));
    await gateway.arrives((mark) => ({ path: '/v1/i', headers, body: JSON.stringify({ userId: mark, traits: null }) }));
    await gateway.arrives((mark) => ({ path: '/v1/s', headers, body: JSON.stringify({ userId: mark }) }));
    await gateway.arrives((mark) => ({ path: '/v1/s', headers, body: JSON.stringify({ userId: mark, name: '' }) }));
  });

  it('needs no type, message id or time of its own (Rust, C++)', async () => {
    const event = await gateway.arrives((mark) => ({ headers, body: JSON.stringify({ userId: mark, event: 'E' }) }));
    assert.match(String(event['messageId']), /^[0-9a-f-]{36}$/);
    assert.equal(event['timestamp'], event['receivedAt']);
  });

  it('with an integer for its user is refused, and answered 200', async () => {
    await gateway.refuses('id_not_string', { headers, body: '{"event":"E","userId":7}' });
  });
});
