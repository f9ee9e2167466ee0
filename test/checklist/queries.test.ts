/** Line 6 of the checklist (protocol sections 1.4, 1.5 and 7.3): calls that stand in a URL. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { AS_APP, base64, batch, type Event, Gateway, SUCCESS, track } from '../support/gateway.ts';
import type { WireRequest } from '../support/wire.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

/** In base64 it has what the alphabets differ in, and its length what padding is for. */
const PROPERTIES = { text: '>>>???ÿÿÿ~~~' };
const APP = { writeKey: 'wk_app' };

const ALPHABETS: Readonly<Record<string, (text: string) => string>> = {
  'URL-safe without padding': (text) => Buffer.from(text).toString('base64url'),
  'URL-safe with padding': (text) => base64(text).replaceAll('+', '-').replaceAll('/', '_'),
  'standard without padding': (text) => encodeURIComponent(base64(text).replaceAll('=', '')),
  'standard with padding': (text) => encodeURIComponent(base64(text)),
  'standard with pluses that a sender forgot to escape': (text) => base64(text),
};

const get = (query: string, path = '/v1/t'): WireRequest => ({ method: 'GET', path: `${path}?${query}` });
const dataOf = (mark: string): string => encodeURIComponent(base64(track(mark, { ...APP, properties: PROPERTIES })));

describe('7.3 line 6: a GET', () => {
  for (const [alphabet, encoded] of Object.entries(ALPHABETS)) {
    it(`has its call in base64, ${alphabet}, at any length`, async () => {
      for (const pad of ['', 'x', 'xx']) {
        const call = (mark: string): string => track(mark, { ...APP, properties: PROPERTIES, pad });
        const event = await gateway.arrives((mark) => get(`data=${encoded(call(mark))}`));
        assert.deepEqual([event['type'], event['channel'], event['properties']], ['track', 'client', PROPERTIES]);
      }
    });
  }

  it('is never cached', async () => {
    const answer = await gateway.send(get(`data=${dataOf(gateway.mark())}`));
    assert.equal(answer.header('cache-control'), 'no-cache, max-age=0');
  });

  it('is a batch on /v1/b', async () => {
    await gateway.arrives((mark) => get(`data=${base64(batch(mark, {}, APP))}`, '/v1/B/'));
  });

  it('calls back the page that asks for it, by whichever method', async () => {
    const made: readonly ((mark: string) => WireRequest)[] = [
      (mark) => get(`data=${dataOf(mark)}&callback=log`),
      (mark) => ({ path: '/v1/t?callback=log', headers: [AS_APP], body: track(mark) }),
    ];
    for (const request of made) {
      const mark = gateway.mark();
      const answer = await gateway.send(request(mark));
      assert.deepEqual([answer.status, answer.header('content-type')], [200, 'text/javascript']);
      assert.equal(answer.header('x-content-type-options'), 'nosniff');
      assert.equal(answer.body, 'typeof log == "function" && log({ success: true });');
      const told: unknown[] = [];
      runInNewContext(answer.body, { log: (value: unknown) => told.push(value) });
      assert.equal(JSON.stringify(told), `[${SUCCESS}]`);
      assert.equal((await gateway.event(mark))['userId'], mark);
    }
  });

  it('calls back nothing that could be a program, and nobody from a long route', async () => {
    await gateway.arrives((mark) => get(`data=${dataOf(mark)}&callback=alert(1)//`));
    await gateway.arrives((mark) => ({ path: '/v1/track?callback=log', headers: [AS_APP], body: track(mark) }));
  });

  it('is answered 200 whatever it holds, and not taken by HEAD or on a long route', async () => {
    for (const query of ['', 'data', 'data=%%%', 'data=W10', 'data=x&data=y', 'callback=', '%00=%ff']) {
      const answer = await gateway.send(get(query));
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS], query);
    }
    const mark = gateway.mark();
    const path = `/v1/t?data=${dataOf(mark)}`;
    const head = await gateway.send({ method: 'HEAD', path });
    assert.deepEqual([head.status, head.body], [200, '']);
    await gateway.rejects(405, 'method_not_allowed', get(`data=${dataOf(mark)}`, '/v1/track'));
    assert.deepEqual(await gateway.requests(mark), []);
  });
});

/** What the webhook gets for a pixel with these keys. */
async function seen(keys: string, type = 'track'): Promise<Event> {
  const mark = gateway.mark();
  const answer = await gateway.send(get(`writeKey=wk_app&userId=${mark}&${keys}`, `/v1/pixel/${type}`));
  assert.equal(answer.status, 200);
  assert.equal(answer.header('content-type'), 'image/gif');
  assert.equal(answer.header('cache-control'), 'no-cache, max-age=0');
  assert.match(answer.body, /^GIF89a/);
  assert.equal(answer.body.length, 43);
  return gateway.event(mark);
}

describe('7.3 line 6: a pixel', () => {
  it('spells objects by dots, and all its values are text', async () => {
    const { properties, context } = await seen(
      'event=Seen&properties.page.title=x&properties.n=1&context.ip=192.0.2.1',
    );
    assert.deepEqual(properties, { page: { title: 'x' }, n: '1' });
    assert.equal((context as Event)['ip'], '192.0.2.1');
  });

  it('makes a list of a key that is repeated', async () => {
    const { properties } = await seen('event=Seen&properties.tag=a&properties.tag=b&properties.tag=c');
    assert.deepEqual(properties, { tag: ['a', 'b', 'c'] });
  });

  it('ignores a key with an empty part, and blanks around a part', async () => {
    const { properties } = await seen('event=Seen&properties..a=1&.properties=2&properties.a.=3&properties.%20b%20=4');
    assert.deepEqual(properties, { b: '4' });
  });

  it('puts an object where a value is in the way of one', async () => {
    const { properties } = await seen('event=Seen&properties.a=1&properties.a.b=2');
    assert.deepEqual(properties, { a: { b: '2' } });
  });

  it('is there for every type, and takes data as a GET does', async () => {
    assert.deepEqual((await seen('traits.plan=Pro', 'identify'))['traits'], { plan: 'Pro' });
    assert.equal((await seen('name=Home', 'page'))['name'], 'Home');
    assert.equal((await seen('name=Main', 'screen'))['name'], 'Main');
    assert.equal((await seen('groupId=g', 'group'))['groupId'], 'g');
    assert.equal((await seen('previousId=p', 'alias'))['previousId'], 'p');
    const mark = gateway.mark();
    await gateway.send(get(`data=${dataOf(mark)}`, '/v1/pixel/track'));
    assert.deepEqual((await gateway.event(mark))['properties'], PROPERTIES);
  });
});
