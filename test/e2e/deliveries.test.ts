/** What operators see of deliveries, and sending again what died. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

interface ShownAttempt {
  readonly endpoint: string;
  readonly number: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly request: { readonly headers: Readonly<Record<string, string>> } | null;
  readonly response: { readonly body: string; readonly headers: Readonly<Record<string, string>> } | null;
}

interface Shown {
  readonly id: string;
  readonly destination: string;
  readonly event: string;
  readonly state: string;
  readonly reason: string | null;
  readonly nextAttemptAt: string | null;
  readonly attempts: readonly ShownAttempt[];
}

async function list(sluice: SluiceProcess, query: string): Promise<readonly Shown[]> {
  const { status, body } = await askApi(sluice, `/deliveries?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { data: readonly Shown[] }).data;
}

/** Asks until so many are found: an outcome is settled a few milliseconds after its answer. */
async function listed(sluice: SluiceProcess, query: string, count: number): Promise<readonly Shown[]> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = await list(sluice, query);
    if (found.length === count) return found;
    assert.ok(performance.now() < deadline, `${found.length} of ${count} for ${query}`);
  }
}

async function start(t: TestContext, delivery: object): Promise<{ sluice: SluiceProcess; receiver: Receiver }> {
  const receiver = await openReceiver();
  const hook = { url: receiver.url(), headers: { 'X-Team': 'growth' } };
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [{ id: 'crm', sources: ['web'], settings: { webhooks: [hook], sharedSecret: 's3cret' }, delivery }],
    },
  });
  t.after(async () => {
    await sluice.close();
    await receiver.close();
  });
  return { sluice, receiver };
}

async function track(sluice: SluiceProcess, event: string): Promise<void> {
  const { status } = await post(sluice.url, '/v1/track', { userId: 'u', event, messageId: event }, { writeKey: 'wk' });
  assert.equal(status, 200);
}

const names = (requests: readonly ReceivedRequest[]): readonly string[] =>
  requests.map(({ body }) => (JSON.parse(body) as { event: string }).event).sort();

describe('what became of deliveries', () => {
  it('is shown with every attempt and what the endpoint answered', async (t) => {
    const { sluice, receiver } = await start(t, { backoffMs: [100] });
    receiver.answer({ status: 503, body: 'down for maintenance' }, {});
    await track(sluice, 'a');
    const [one] = await listed(sluice, 'state=delivered', 1);
    assert.ok(one !== undefined);
    assert.deepEqual([one.destination, one.reason, one.nextAttemptAt], ['crm', null, null]);
    assert.deepEqual(
      one.attempts.map(({ number, outcome, status, endpoint }) => [number, outcome, status, endpoint]),
      [
        [1, 'failed', 503, receiver.url()],
        [2, 'succeeded', 200, receiver.url()],
      ],
    );
    assert.equal(one.attempts[0]?.response?.body, 'down for maintenance');
    assert.equal(one.attempts[0].error?.code, 'http_503');
    assert.match(one.attempts[0].error.message, /^the endpoint answered 503/);
    assert.equal(one.attempts[1]?.error, null);
    for (const [index, { request }] of one.attempts.entries()) {
      const { headers } = receiver.requests[index]!;
      assert.equal(request?.headers['webhook-signature'], headers['webhook-signature']);
      assert.equal(request?.headers['X-Team'], '***');
    }
    assert.deepEqual((await askApi(sluice, `/deliveries/${one.id}`)).body, one);
    assert.deepEqual(await list(sluice, `event=${one.event}`), [one]);
    assert.deepEqual(await list(sluice, 'destination=other'), []);
    for (const query of [
      'user=u&name=a',
      'messageId=a',
      'error=http_503',
      'outcome=succeeded',
      'type=track&error=http_503',
    ])
      assert.deepEqual(await list(sluice, query), [one], query);
    for (const query of ['user=other', 'error=timeout', 'outcome=rejected', 'type=page', 'endpoint=http://x'])
      assert.deepEqual(await list(sluice, query), [], query);
    assert.deepEqual(await list(sluice, 'to=2020-01-01'), []);
    const event = (await askApi(sluice, `/events/${one.event}`)).body as { messageId: string; destinations: unknown };
    assert.equal(event.messageId, 'a');
    const fate = { destination: 'crm', state: 'delivered', reason: null, deliveries: [one.id] };
    assert.deepEqual(event.destinations, [fate]);
  });

  for (const [history, kept] of Object.entries({ sampled: 1, all: 3 })) {
    it(`keeps request and response of ${kept} of 3 successes with history: ${history}`, async (t) => {
      const { sluice, receiver } = await start(t, { history });
      receiver.answer({ body: 'thanks' });
      for (const name of ['a', 'b', 'c']) await track(sluice, name);
      const attempts = (await listed(sluice, 'state=delivered', 3)).flatMap((delivery) => delivery.attempts);
      const whole = attempts.filter(({ request, response }) => request !== null && response?.body === 'thanks');
      assert.equal(whole.length, kept);
    });
  }

  it('is counted by time and outcome, with how long attempts took and what is still owed', async (t) => {
    const { sluice, receiver } = await start(t, { backoffMs: [60_000] });
    receiver.answer({ delayMs: 30 }, { status: 500 });
    await track(sluice, 'a');
    await listed(sluice, 'state=delivered', 1);
    await track(sluice, 'b');
    await listed(sluice, 'state=pending', 1);
    const { status, body } = await askApi(sluice, '/stats?destination=crm&step=1d');
    assert.equal(status, 200, JSON.stringify(body));
    const { data, now } = body as {
      data: { attempts: Record<string, number>; latencyMs: { p99: number }; endpoint: string | null }[];
      now: { destination: string; waiting: number; parked: number; oldestAt: string; endpoints: object[] }[];
    };
    const sum = (outcome: string): number => data.reduce((all, { attempts }) => all + (attempts[outcome] ?? 0), 0);
    assert.deepEqual([sum('succeeded'), sum('failed')], [1, 1]);
    assert.ok(Math.max(...data.map(({ latencyMs }) => latencyMs.p99)) > 20);
    assert.deepEqual(
      now.map(({ destination, waiting, parked, endpoints }) => [destination, waiting, parked, endpoints]),
      [['crm', 1, 1, [{ url: receiver.url(), state: 'open', reason: null }]]],
    );
    const byEndpoint = (await askApi(sluice, '/stats?by=endpoint')).body as { data: typeof data };
    assert.equal(byEndpoint.data[0]?.endpoint, receiver.url());
    for (const wrong of ['step=1m&from=2020-01-01', 'by=type', 'from=2026-01-02&to=2026-01-01', 'step=1s'])
      assert.equal((await askApi(sluice, `/stats?${wrong}`)).status, 400, wrong);
  });

  it('can be sent again, one or all, when it is dead, also after a restart', async (t) => {
    const { sluice, receiver } = await start(t, { retries: 0 });
    receiver.answer({ status: 500 });
    for (const name of ['a', 'b', 'c', 'd']) await track(sluice, name);
    const dead = await listed(sluice, 'destination=crm&state=dead', 4);
    assert.deepEqual(new Set(dead.map(({ reason }) => reason)), new Set(['http_500']));

    receiver.answer({});
    const before = receiver.requests.length;
    const oldest = dead.at(-1);
    assert.ok(oldest !== undefined);
    const retried = await askApi(sluice, `/deliveries/${oldest.id}/retry`, { method: 'POST' });
    assert.equal(retried.status, 202);
    assert.deepEqual(names((await receiver.count(before + 1)).slice(before)), ['a']);
    await listed(sluice, 'state=delivered', 1);

    await sluice.terminate();
    await sluice.restart();
    const all = await askApi(sluice, '/deliveries/retry?destination=crm', { method: 'POST' });
    assert.deepEqual([all.status, all.body], [202, { retried: 3, hasMore: false }]);
    assert.deepEqual(names((await receiver.count(before + 4)).slice(before)), ['a', 'b', 'c', 'd']);
    await listed(sluice, 'state=delivered', 4);
    assert.deepEqual(await list(sluice, 'state=dead'), []);
    const again = await askApi(sluice, `/deliveries/${oldest.id}/retry`, { method: 'POST' });
    assert.deepEqual(
      [again.status, (again.body as { error: { code: string } }).error.code],
      [409, 'delivery_not_dead'],
    );
  });

  it('is listed page by page, and asked for in vain with the reason', async (t) => {
    const { sluice, receiver } = await start(t, {});
    receiver.answer({});
    for (const name of ['a', 'b', 'c']) await track(sluice, name);
    const all = await listed(sluice, '', 3);
    const first = (await askApi(sluice, '/deliveries?limit=2')).body as { data: readonly Shown[]; next: string };
    const second = (await askApi(sluice, `/deliveries?limit=2&cursor=${first.next}`)).body as typeof first;
    assert.deepEqual([...first.data, ...second.data], all);
    assert.equal(second.next, null);

    const mistakes: readonly (readonly [path: string, status: number, code: string, method?: string])[] = [
      ['/deliveries?state=broken', 400, 'invalid_parameter'],
      ['/deliveries?event=17', 400, 'invalid_parameter'],
      ['/deliveries?cursor=evt_1', 400, 'invalid_parameter'],
      ['/deliveries?status=dead', 400, 'invalid_parameter'],
      ['/deliveries/dlv_1_zz', 404, 'delivery_not_found'],
      ['/deliveries/17/retry', 404, 'delivery_not_found', 'POST'],
      ['/deliveries/retry', 400, 'invalid_parameter', 'POST'],
      ['/deliveries/retry?destination=nobody', 404, 'destination_not_found', 'POST'],
    ];
    for (const [path, status, code, method] of mistakes) {
      const answer = await askApi(sluice, path, { method });
      assert.deepEqual([answer.status, (answer.body as { error: { code: string } }).error.code], [status, code], path);
    }
  });
});
