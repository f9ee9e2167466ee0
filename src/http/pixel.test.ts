import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { assertError, BASIC, openBench } from '../../test/support/http-bench.ts';
import { SluiceError } from '../domain/errors.ts';

const KEY = 'writeKey=wk_web';
const encoded = (call: object): string => Buffer.from(JSON.stringify(call)).toString('base64url');

describe('a pixel', () => {
  const get = (path: string, headers: Record<string, string> = {}) => ({ method: 'GET', path, headers, body: '' });

  it('is one transparent pixel of 43 bytes, never cached, for pages that isolate themselves too', async (context) => {
    const { port } = await openBench(context);
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      path: `/v1/pixel/page?${KEY}&userId=u`,
      agent: false,
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const image = Buffer.concat((await response.toArray()) as Buffer[]);
    assert.equal(image.length, 43);
    assert.equal(image.subarray(0, 6).toString(), 'GIF89a');
    assert.deepEqual([image.readUInt16LE(6), image.readUInt16LE(8), image.at(-1)], [1, 1, 0x3b]);
    const { headers } = response;
    assert.equal(headers['content-type'], 'image/gif');
    assert.equal(headers['content-length'], '43');
    assert.equal(headers['cache-control'], 'no-cache, max-age=0');
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(headers['x-content-type-options'], 'nosniff');
  });

  const types = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
  for (const type of types) {
    it(`takes a ${type} call, in keys and in data`, async (context) => {
      const { send, events } = await openBench(context);
      const keys = `${KEY}&userId=u&event=e&groupId=g&previousId=p&context.page.title=Caf%C3%A9`;
      const call = { writeKey: 'wk_web', userId: 'u', event: 'e', groupId: 'g', previousId: 'p' };
      for (const path of [`/v1/pixel/${type}?${keys}`, `/V1/Pixel/${type}/?data=${encoded(call)}`]) {
        assert.equal((await send(get(path, { 'user-agent': 'mail/1' }))).status, 200);
      }
      assert.deepEqual(events.map((event) => event.type), [type, type]); // prettier-ignore
      const [first, second] = events.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
      assert.equal(first?.channel, 'client');
      assert.deepEqual(first.context, { page: { title: 'Café' }, ip: '127.0.0.1', userAgent: 'mail/1' });
      assert.deepEqual([first.writeKey, second?.writeKey, second?.userId], [undefined, undefined, 'u']);
    });
  }

  it('finds the write key in the header, in the query and in the data, in this order', async (context) => {
    const { send, events, refused } = await openBench(context);
    const data = (writeKey: string): string => `data=${encoded({ userId: 'u', writeKey })}`;
    await send(get(`/v1/pixel/page?userId=u&writeKey=no`, BASIC));
    await send(get(`/v1/pixel/page?${KEY}&${data('no')}`));
    await send(get(`/v1/pixel/page?${data('wk_web')}`));
    assert.deepEqual([events.length, refused], [3, []]);
    await send(get(`/v1/pixel/page?writeKey=no&${data('wk_web')}`));
    assert.deepEqual([events.length, refused], [3, ['unknown_source']]);
  });

  it('comes whatever the mistake in the call, which is recorded', async (context) => {
    const { send, events, refused } = await openBench(context);
    const mistakes = [
      ['', 'write_key_missing'],
      [KEY, 'no_user_anon_id'],
      [`${KEY}&event=x&userId.x=1`, 'id_not_string'],
      [`${KEY}&data=%%%`, 'malformed_data'],
      [`${KEY}&data=${Buffer.from('{"userId"').toString('base64')}`, 'malformed_data'],
      [`${KEY}&data=W10`, 'not_an_object'],
      [`${KEY}&${'a.'.repeat(2_000)}a=x`, 'too_deep'],
      ['writeKey=no&userId=u', 'unknown_source'],
    ] as const;
    for (const [query] of mistakes) {
      const answer = await send(get(`/v1/pixel/track?${query}`));
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'image/gif'], query);
    }
    assert.deepEqual(refused, mistakes.map(([, code]) => code)); // prettier-ignore
    assert.deepEqual(events, []);
  });

  it('does not come before the event is durable, and not when it cannot be', async (context) => {
    const { send, log } = await openBench(context);
    const path = `/v1/pixel/page?${KEY}&userId=u`;
    const appended = Promise.withResolvers<Float64Array>();
    let isAnswered = false;
    const appending = Promise.withResolvers<undefined>();
    log.append = async () => {
      appending.resolve(undefined);
      return appended.promise;
    };
    const answer = send(get(path)).finally(() => {
      isAnswered = true;
    });
    await appending.promise;
    assert.equal(isAnswered, false);
    appended.resolve(new Float64Array(1));
    assert.equal((await answer).status, 200);

    log.append = async () => Promise.reject(new SluiceError('log_full', { free: '1 B', reserve: '2 B' }));
    const full = await send(get(path));
    assertError(full, 503, 'log_full');
    assert.equal(full.headers['retry-after'], '10');
  });

  it('takes nothing for HEAD, and no other method', async (context) => {
    const { send, events } = await openBench(context);
    const path = `/v1/pixel/page?${KEY}&userId=u`;
    const head = await send({ method: 'HEAD', path, headers: {}, body: '' });
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '43', '']);
    assertError(await send({ method: 'POST', path }), 405, 'method_not_allowed');
    assert.deepEqual(events, []);
  });

  it('takes what AMP pages send', async (context) => {
    const { send, events } = await openBench(context);
    const query = new URLSearchParams({
      writeKey: 'wk_web',
      'context.library.name': 'amp',
      anonymousId: 'amp-1',
      'context.locale': 'en',
      'context.page.path': '/a',
      'context.page.url': 'https://a.example/a?b=c&d',
      'context.screen.width': '300',
      name: 'Home & Garden',
    });
    assert.equal((await send(get(`/v1/pixel/page?${query.toString()}`))).status, 200);
    const body = JSON.parse(events[0]?.body ?? '') as { context: object; name: string; anonymousId: string };
    assert.equal(body.name, 'Home & Garden');
    assert.partialDeepStrictEqual(body.context, {
      library: { name: 'amp' },
      page: { path: '/a', url: 'https://a.example/a?b=c&d' },
      screen: { width: '300' },
    });
  });
});
