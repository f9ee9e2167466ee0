/** Line 7 of the checklist (protocol sections 3.3 and 7.3): exactly at each limit, and one over. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { batchBytesMax, batchItemsMax, callBytesMax } from '../../src/domain/limits.ts';
import { AS_APP, batch, Gateway, track } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const GZIP = 'Content-Encoding: gzip';

/** Blanks after JSON count like all else, and change nothing of what it means. */
const padded = (text: string, bytes: number): string => text.padEnd(bytes);
/** A call of so many bytes, all of which are its own. */
function filled(mark: string, bytes: number): string {
  return track(mark, { pad: 'x'.repeat(bytes - track(mark, { pad: '' }).length) });
}

describe('7.3 line 7: a call', () => {
  it('of 32,768 bytes arrives, plain and by gzip, and one of 32,769 is 400 on every route', async () => {
    assert.equal(callBytesMax, 32_768);
    for (const path of ['/v1/track', '/v1/t']) {
      await gateway.arrives((mark) => ({ path, headers: [AS_APP], body: filled(mark, 32_768) }));
      const headers = [AS_APP, GZIP];
      await gateway.arrives((mark) => ({ path, headers, body: gzipSync(filled(mark, 32_768)) }));
      const over = filled(gateway.mark(), 32_769);
      await gateway.rejects(400, 'call_too_large', { path, headers: [AS_APP], body: over });
      await gateway.rejects(400, 'call_too_large', { path, headers, body: gzipSync(over) });
    }
  });

  it('counts bytes and not characters', async () => {
    const body = JSON.stringify({ userId: 'u', event: 'E', pad: 'ü'.repeat(16_384) });
    assert.ok(body.length < callBytesMax);
    await gateway.rejects(400, 'call_too_large', { headers: [AS_APP], body });
  });
});

describe('7.3 line 7: a batch', () => {
  it('of 512,000 bytes arrives, plain and by gzip, and one of 512,001 is 400 on every route', async () => {
    assert.equal(batchBytesMax, 512_000);
    for (const path of ['/v1/batch', '/v1/import', '/v1/b']) {
      await gateway.arrives((mark) => ({ path, headers: [AS_APP], body: padded(batch(mark), 512_000) }));
      const zipped = (mark: string, bytes: number): Buffer => gzipSync(padded(batch(mark), bytes));
      await gateway.arrives((mark) => ({ path, headers: [AS_APP, GZIP], body: zipped(mark, 512_000) }));
      const mark = gateway.mark();
      await gateway.rejects(400, 'batch_too_large', { path, headers: [AS_APP], body: padded(batch(mark), 512_001) });
      await gateway.rejects(400, 'batch_too_large', { path, headers: [AS_APP, GZIP], body: zipped(mark, 512_001) });
    }
  });

  it('that inflates without end is 400', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '), { level: 9 });
    assert.ok(bomb.length < 100_000);
    for (const path of ['/v1/batch', '/v1/b', '/v1/track']) {
      const code = path === '/v1/track' ? 'call_too_large' : 'batch_too_large';
      await gateway.rejects(400, code, { path, headers: [AS_APP, GZIP], body: bomb });
    }
  });

  it('of 2,500 calls arrives, and one of 2,501 is answered 200 and refused whole', async () => {
    assert.equal(batchItemsMax, 2_500);
    const last = gateway.mark();
    const items = (count: number): string =>
      JSON.stringify({ batch: Array.from({ length: count }, () => ({ type: 'page', userId: last })) });
    const before = gateway.receiver.requests.length;
    await gateway.refuses('too_many_items', { path: '/v1/batch', headers: [AS_APP], body: items(2_501) }, 2_501);
    await gateway.send({ path: '/v1/batch', headers: [AS_APP], body: items(2_500) });
    assert.equal((await gateway.requests(last)).length, 2_500);
    // And the one that `requests` sends itself.
    assert.equal(gateway.receiver.requests.length, before + 2_501);
  });

  it('with one bad item loses that one alone', async () => {
    const [first, second] = [gateway.mark(), gateway.mark()];
    const good = (mark: string): object => ({ type: 'track', event: 'Good', userId: mark });
    const items = [good(first), { type: 'track', userId: 'u' }, good(second)];
    const body = JSON.stringify({ batch: items });
    await gateway.refuses('event_not_defined', { path: '/v1/batch', headers: [AS_APP], body });
    assert.equal((await gateway.event(first))['event'], 'Good');
    assert.equal((await gateway.event(second))['event'], 'Good');
  });

  it('loses an item of 32,769 bytes alone, and takes one of 32,768', async () => {
    const item = (mark: string, bytes: number): object => {
      const bare = { type: 'track', userId: mark, event: 'Large', pad: '' };
      return { ...bare, pad: 'x'.repeat(bytes - JSON.stringify(bare).length) };
    };
    const [small, fits, over] = [gateway.mark(), gateway.mark(), gateway.mark()];
    const items = [item(small, 100), item(fits, 32_768), item(over, 32_769)];
    const body = JSON.stringify({ batch: items });
    await gateway.refuses('item_too_large', { path: '/v1/batch', headers: [AS_APP], body });
    assert.equal((await gateway.event(small))['event'], 'Large');
    assert.equal((await gateway.event(fits))['event'], 'Large');
    assert.deepEqual(await gateway.requests(over), []);
  });
});
