/** The live stream: what operators see as it happens, and what they cannot do to others by looking. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { EventStream, type StreamMessage } from '../support/event-stream.ts';
import { askApi, callApi, tokenOf } from '../support/management-api.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

async function start(t: TestContext): Promise<{ sluice: SluiceProcess; receiver: Receiver }> {
  const receiver = await openReceiver();
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [
        { id: 'web', writeKeys: ['wk_web'] },
        { id: 'app', writeKeys: ['wk_app'] },
      ],
      destinations: [
        {
          id: 'crm',
          sources: ['web', 'app'],
          settings: {
            webhooks: [{ url: receiver.url('/crm'), headers: { 'X-Team': 'growth' } }],
            sharedSecret: 's3cret',
          },
          delivery: { backoffMs: [100] },
        },
        { id: 'other', sources: ['app'], settings: { webhookUrl: receiver.url('/other') } },
      ],
    },
  });
  t.after(async () => {
    await sluice.close();
    await receiver.close();
  });
  return { sluice, receiver };
}

async function track(sluice: SluiceProcess, event: string, more: object = {}, writeKey = 'wk_web'): Promise<void> {
  const { status } = await post(
    sluice.url,
    '/v1/track',
    { userId: 'u', event, messageId: event, ...more },
    { writeKey },
  );
  assert.equal(status, 200);
}

const dataOf = (messages: readonly StreamMessage[], field: string): readonly unknown[] =>
  messages.map(({ data }) => data[field]);

describe('the live stream', () => {
  it('tells of events, attempts and refused calls as they are shown elsewhere', async (t) => {
    const { sluice, receiver } = await start(t);
    receiver.answer({ status: 503, body: 'down for maintenance' }, { body: 'thanks' });
    const stream = await EventStream.open(sluice);
    const { headers } = stream.response;
    assert.match(headers['content-type'] ?? '', /^text\/event-stream/);
    assert.deepEqual([headers['cache-control'], headers['x-accel-buffering']], ['no-store', 'no']);
    await track(sluice, 'a', { anonymousId: 'x', properties: { big: 2 ** 53 } });
    await post(sluice.url, '/v1/track', { userId: 'u' }, { writeKey: 'wk_web' });
    const [event] = await stream.count('event', 1);
    const attempts = await stream.count('attempt', 2);
    const [refused] = await stream.count('refused', 1);

    const { destinations, ...shown } = (await askApi(sluice, `/events/${String(event?.data['id'])}`)).body as object & {
      destinations: unknown;
    };
    assert.ok(Array.isArray(destinations));
    assert.deepEqual(event?.data, shown);
    assert.deepEqual([refused?.data['reason'], refused?.data['source']], ['event_not_defined', 'web']);

    assert.deepEqual(dataOf(attempts, 'event'), [shown['id' as keyof typeof shown], shown['id' as keyof typeof shown]]);
    assert.deepEqual(dataOf(attempts, 'decided'), [null, 'delivered']);
    assert.match(String(attempts[0]?.data['nextAttemptAt']), /Z$/);
    const delivery = await settled(sluice, String(attempts[0]?.data['delivery']));
    for (const [index, attempt] of delivery.attempts.entries())
      assert.deepEqual({ ...attempts[index]?.data, ...attempt }, attempts[index]?.data);
    assert.equal((attempts[0]?.data['response'] as { body: string }).body, 'down for maintenance');
    assert.equal((attempts[1]?.data['request'] as { headers: Record<string, string> }).headers['X-Team'], '***');
  });

  it('is filtered by what is asked, and refuses what it cannot ask', async (t) => {
    const { sluice } = await start(t);
    const ofUser = await EventStream.open(sluice, 'user=ann&kinds=event');
    const ofOther = await EventStream.open(sluice, 'destination=other');
    const ofName = await EventStream.open(sluice, 'name=b&source=app');
    await track(sluice, 'a', { userId: 'bob', anonymousId: 'ann' });
    await track(sluice, 'b', { userId: 'ann' });
    await track(sluice, 'b2', { event: 'b', userId: 'carl' }, 'wk_app');
    assert.deepEqual(dataOf(await ofUser.count('event', 2), 'name'), ['a', 'b']);
    assert.deepEqual(dataOf(await ofName.count('event', 1), 'messageId'), ['b2']);
    assert.deepEqual(dataOf(await ofName.count('attempt', 2), 'destination').toSorted(), ['crm', 'other']);
    assert.deepEqual(dataOf(await ofOther.count('attempt', 1), 'destination'), ['other']);
    assert.deepEqual([ofUser.messages.length, ofOther.messages.length, ofName.messages.length], [2, 1, 3]);

    for (const query of [
      'kind=event',
      'kinds=events',
      'kinds=',
      'type=click',
      'outcome=lost',
      'event=17',
      'kinds=event&outcome=failed',
      'source=a&source=b',
    ]) {
      const { status, body } = await askApi(sluice, `/stream?${query}`);
      assert.deepEqual([status, (body as { error: { code: string } }).error.code], [400, 'invalid_parameter'], query);
    }
    const answer = await callApi(sluice, '/stream', { token: 'wk_web' });
    assert.equal(answer.status, 401);
    assert.equal((await callApi(sluice, '/stream', { method: 'HEAD' })).status, 404);
  });

  it('keeps request and response of successes while somebody watches, and not otherwise', async (t) => {
    const { sluice, receiver } = await start(t);
    receiver.answer({ body: 'thanks' });
    for (const name of ['a', 'b']) await track(sluice, name);
    await receiver.count(2);
    const stream = await EventStream.open(sluice, 'destination=crm');
    for (const name of ['c', 'd', 'e']) await track(sluice, name);
    const attempts = await stream.count('attempt', 3);
    for (const { data } of attempts) {
      assert.equal((data['response'] as { body: string }).body, 'thanks');
      const delivery = await settled(sluice, String(data['delivery']));
      assert.deepEqual(delivery.attempts[0]?.response, data['response']);
      assert.deepEqual(delivery.attempts[0]?.request, data['request']);
    }
    const [b] = ((await askApi(sluice, '/deliveries?name=b')).body as { data: readonly Delivery[] }).data;
    assert.equal(b?.attempts[0]?.response, null);
  });

  it('goes on where a connection was cut, each message once', async (t) => {
    const { sluice } = await start(t);
    const stream = await EventStream.open(sluice, 'kinds=event');
    await track(sluice, 'a');
    await stream.count('event', 1);
    stream.close();
    for (const name of ['b', 'c']) await track(sluice, name);
    const back = await EventStream.open(sluice, 'kinds=event', { 'last-event-id': stream.lastEventId });
    await track(sluice, 'd');
    assert.deepEqual(dataOf(await back.count('event', 3), 'name'), ['b', 'c', 'd']);
    const [b] = back.messages;
    const again = await EventStream.open(sluice, `kinds=event&lastEventId=${b?.id ?? ''}`);
    assert.deepEqual(dataOf(await again.count('event', 2), 'name'), ['c', 'd']);
    assert.deepEqual([back.messages.length, again.messages.length], [3, 2]);
  });

  it('says so where a restart came between, and from when on to ask', async (t) => {
    const { sluice } = await start(t);
    const stream = await EventStream.open(sluice, 'kinds=event');
    await track(sluice, 'a');
    await stream.count('event', 1);
    await sluice.kill9();
    await sluice.restart();
    await track(sluice, 'b');
    const back = await EventStream.open(sluice, 'kinds=event', { 'last-event-id': stream.lastEventId });
    const [gap] = await back.count('gap', 1);
    assert.deepEqual([gap?.data['reason'], gap?.data['count']], ['restarted', null]);
    const { from, to } = gap?.data as { from: string; to: string };
    const missed = (await askApi(sluice, `/events?from=${from}&to=${to}`)).body as {
      data: readonly { name: string }[];
    };
    assert.ok(missed.data.some(({ name }) => name === 'b'));
  });

  it('lets nobody write a field of their own into it', async (t) => {
    const { sluice, receiver } = await start(t);
    const forged = 'x\n\nevent: attempt\nid: 1\ndata: {"forged":true}\r\n\r\rdata: y\u2028\u0085z';
    receiver.answer({ status: 500, body: forged, headers: { 'x-forged': 'event: attempt' } });
    const stream = await EventStream.open(sluice);
    await track(sluice, forged, { userId: forged, properties: { [forged]: forged } });
    await post(sluice.url, '/v1/track', { userId: forged, messageId: forged }, { writeKey: 'wk_web' });
    const [event] = await stream.count('event', 1);
    await stream.count('refused', 1);
    const attempts = await stream.count('attempt', 1);
    assert.deepEqual([event?.data['name'], event?.data['userId']], [forged, forged]);
    assert.equal((attempts[0]?.data['response'] as { body: string }).body, forged);
    assert.ok(stream.messages.every(({ data, id }) => data['forged'] === undefined && id !== '1'));
  });

  it('does not wait for a reader that hangs, and tells the others all', async (t) => {
    const { sluice } = await start(t);
    const { hostname, port } = new URL(sluice.url);
    const hanging = connect(Number(port), hostname);
    t.after(() => hanging.destroy());
    hanging.pause();
    hanging.write(`GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf(sluice)}\r\n\r\n`);
    const stream = await EventStream.open(sluice, 'kinds=event');
    const filler = 'x'.repeat(30_000);
    for (let index = 0; index < 100; index += 1) await track(sluice, `e${index}`, { properties: { filler } });
    await track(sluice, 'last');
    const told = (): number =>
      stream.messages.reduce((sum, { event, data }) => sum + (event === 'gap' ? Number(data['count']) : 1), 0);
    await stream.until(() => told() >= 101);
    assert.equal(told(), 101);
  });

  it('ends at once when Sluice is stopped, whoever reads', async (t) => {
    const { sluice } = await start(t);
    const streams = [await EventStream.open(sluice), await EventStream.open(sluice, 'kinds=event')];
    const { hostname, port } = new URL(sluice.url);
    const hanging = connect(Number(port), hostname).pause();
    hanging.on('error', () => undefined);
    await once(hanging, 'connect');
    hanging.write(`GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokenOf(sluice)}\r\n\r\n`);
    await track(sluice, 'a');
    await streams[0]?.count('attempt', 1);
    const startedAt = performance.now();
    assert.equal(await sluice.terminate(), 0);
    assert.ok(performance.now() - startedAt < 4_000, `${performance.now() - startedAt} ms`);
    for (const stream of streams) await stream.ended();
    hanging.destroy();
  });
});

interface Delivery {
  readonly state: string;
  readonly attempts: readonly { readonly request: unknown; readonly response: unknown }[];
}

/** Asks until it is decided: an outcome is settled a few milliseconds after it is told. */
async function settled(sluice: SluiceProcess, id: string): Promise<Delivery> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { status, body } = await askApi(sluice, `/deliveries/${id}`);
    if (status === 200 && (body as Delivery).state === 'delivered') return body as Delivery;
    assert.ok(performance.now() < deadline, `${id}: ${JSON.stringify(body)}`);
  }
}
