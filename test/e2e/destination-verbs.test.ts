/** What an operator can have done to a destination: a test event, a pause, and what a deletion leaves. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { isGenuine } from '../support/genuine.ts';
import { askApi } from '../support/management-api.ts';
import { messageIdOf } from '../support/received.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const SECRET = 'keep-me-safe';

interface ShownTest {
  readonly messageId: string;
  readonly type: string;
  readonly keptAwayBy: string | null;
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly outcome: string;
    readonly status: number | null;
    readonly error: { readonly code: string; readonly message: string } | null;
    readonly durationMs: number;
    readonly request: { method: string; url: string; headers: Readonly<Record<string, string>>; body: string };
    readonly response: { readonly headers: object; readonly body: string; readonly isCut: boolean } | null;
    readonly timing: Readonly<Record<string, number | null>>;
    readonly signature: object;
  }[];
}

interface ShownStanding {
  readonly destination: string;
  readonly endpoints: readonly { url: string; state: string; reason: string | null; since: string | null }[];
}

async function open(t: TestContext): Promise<Receiver> {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  return receiver;
}

function configOf(destinations: readonly object[], allow = ['127.0.0.0/8']): object {
  return {
    network: { allow },
    storage: { reserve: '0B' },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations: destinations.map((destination) => ({ sources: ['web'], ...destination })),
  };
}

async function start(t: TestContext, ...configured: Parameters<typeof configOf>): Promise<SluiceProcess> {
  const sluice = await SluiceProcess.start({ config: configOf(...configured), keepsPort: true });
  t.after(async () => sluice.close());
  return sluice;
}

const crmAt = (receiver: Receiver, more: object = {}): object => ({
  id: 'crm',
  settings: { webhooks: [{ url: receiver.url('/hook'), headers: { 'X-Team': 'growth' } }], sharedSecret: SECRET },
  ...more,
});

async function test(sluice: SluiceProcess, body: object = {}, id = 'crm'): Promise<ShownTest> {
  const answer = await askApi(sluice, `/destinations/${id}/test`, { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as ShownTest;
}

async function act(sluice: SluiceProcess, verb: 'pause' | 'resume', body: object = {}): Promise<readonly string[]> {
  const answer = await askApi(sluice, `/destinations/crm/${verb}`, { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { endpoints } = answer.body as ShownStanding;
  return endpoints.map(({ state, reason }) => `${state} ${reason ?? ''}`.trim());
}

async function codeOf(sluice: SluiceProcess, path: string, body: object): Promise<string> {
  const answer = await askApi(sluice, path, { body });
  const { code } = (answer.body as { error: { code: string } }).error;
  return `${answer.status} ${code}`;
}

async function track(sluice: SluiceProcess, messageId: string): Promise<void> {
  const call = { userId: 'u', event: 'E', messageId };
  assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status, 200);
}

const messageIds = ({ requests }: Receiver): readonly string[] => requests.map(messageIdOf);

describe('a test event', () => {
  it('comes as any other would, and is shown with what was sent, what came back, and whether it is genuine', async (t) => {
    const receiver = await open(t);
    receiver.answer({ status: 201, body: 'thanks', headers: { 'content-type': 'text/plain' } });
    const sluice = await start(t, [crmAt(receiver)]);
    const { messageId, type, keptAwayBy, endpoints } = await test(sluice);
    const [shown] = endpoints;
    assert.ok(shown !== undefined && endpoints.length === 1);
    const received = await receiver.next();
    assert.ok(await isGenuine(received.headers, received.rawBody, SECRET));
    assert.deepEqual(
      [shown.request.body, shown.request.method, shown.request.url, shown.endpoint],
      [received.body, 'POST', receiver.url('/hook'), receiver.url('/hook')],
    );
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'X-Signature', 'Content-Type'])
      assert.equal(shown.request.headers[name], received.headers[name.toLowerCase()], name);
    assert.deepEqual([shown.request.headers['X-Team'], received.headers['x-team']], ['***', 'growth']);
    assert.deepEqual(
      [type, keptAwayBy, shown.outcome, shown.status, shown.error],
      ['track', null, 'succeeded', 201, null],
    );
    assert.deepEqual([shown.response?.body, shown.response?.isCut], ['thanks', false]);
    assert.ok((shown.timing['waitMs'] ?? 0) > 0 && shown.durationMs >= 0);
    assert.deepEqual(shown.signature, { xSignature: 'valid', xSignatureNext: 'absent', standardWebhooks: 'valid' });
    const body = JSON.parse(received.body) as {
      messageId: string;
      context: { sluiceTest: boolean };
      projectId: string;
    };
    assert.deepEqual([body.messageId, body.context.sluiceTest, body.projectId], [messageId, true, 'web']);
    for (const path of ['/events', '/deliveries'])
      assert.deepEqual(((await askApi(sluice, path)).body as { data: unknown[] }).data, [], path);
    assert.doesNotMatch(sluice.stderr, /"msg":"attempt/);
  });

  it('tells how an endpoint fails, and asks one alone', async (t) => {
    const [failing, resetting] = [await open(t), await open(t)];
    failing.answer({ status: 503, body: 'down' });
    resetting.answer('reset');
    const webhooks = [{ url: failing.url() }, { url: resetting.url() }];
    const sluice = await start(t, [{ id: 'crm', settings: { webhooks } }]);
    const both = await test(sluice, { type: 'identify' });
    assert.deepEqual(
      both.endpoints.map(({ outcome, status, error, response }) => [outcome, status, error?.code, response?.body]),
      [
        ['failed', 503, 'http_503', 'down'],
        ['failed', null, 'connection_reset', undefined],
      ],
    );
    const absent = { xSignature: 'absent', xSignatureNext: 'absent', standardWebhooks: 'absent' };
    assert.deepEqual(both.endpoints[0]?.signature, absent);
    const one = await test(sluice, { endpoint: resetting.url(), event: { type: 'page', userId: 'u', name: 'Home' } });
    assert.deepEqual([one.type, one.endpoints.length, one.endpoints[0]?.endpoint], ['page', 1, resetting.url()]);
    assert.equal(failing.requests.length, 1);
    assert.deepEqual((await askApi(sluice, '/deliveries')).body, { data: [], next: null });
  });

  it('goes to no address that no delivery may go to', async (t) => {
    const receiver = await open(t);
    const webhookUrl = `http://localhost:${receiver.port}/`;
    const sluice = await start(t, [{ id: 'crm', settings: { webhookUrl } }], []);
    const { endpoints } = await test(sluice);
    assert.deepEqual([endpoints[0]?.outcome, endpoints[0]?.error?.code], ['rejected', 'address_forbidden']);
    assert.equal(receiver.connections, 0);
  });

  it('comes also where the destination is disabled or paused', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver), { ...crmAt(receiver), id: 'off', enabled: false }]);
    assert.deepEqual(await act(sluice, 'pause'), ['paused operator']);
    await test(sluice);
    await test(sluice, {}, 'off');
    assert.equal((await receiver.count(2)).length, 2);
    assert.deepEqual(await act(sluice, 'pause'), ['paused operator']);
  });

  it('is one of four at most', async (t) => {
    const receiver = await open(t);
    receiver.answer('hang');
    const sluice = await start(t, [crmAt(receiver, { delivery: { timeoutMs: 3_000 } })]);
    const underWay = Array.from({ length: 4 }, async () => test(sluice));
    await receiver.count(4);
    assert.equal(await codeOf(sluice, '/destinations/crm/test', {}), '429 too_many_tests');
    for (const { endpoints } of await Promise.all(underWay)) assert.equal(endpoints[0]?.error?.code, 'timeout');
  });

  it('is refused where it makes no sense, with everything that is wrong', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver)]);
    const code = async (body: object, id = 'crm'): Promise<string> => codeOf(sluice, `/destinations/${id}/test`, body);
    assert.equal(await code({}, 'no'), '404 destination_not_found');
    assert.equal(await code({ endpoint: 'https://other.example/' }), '404 endpoint_not_found');
    assert.equal(await code({ event: { event: 'without a user' } }), '400 test_event_refused');
    assert.equal(await code({ type: 'delete', evnt: {} }), '400 invalid_body');
    assert.equal(receiver.requests.length, 0);
  });
});

describe('a pause by an operator', () => {
  it('has events wait, over a kill, and loses none', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver)]);
    const sent: string[] = [];
    const send = async (count: number): Promise<void> => {
      for (const end = sent.length + count; sent.length < end;) {
        const messageId = `m${sent.length}`;
        await track(sluice, messageId);
        sent.push(messageId);
      }
    };
    const traffic = send(200);
    await receiver.count(20);
    assert.deepEqual(await act(sluice, 'pause'), ['paused operator']);
    // What was in flight has ended once its destination says so.
    const before = await untilIdle(sluice, receiver);
    await traffic;
    await sluice.kill9();
    await sluice.restart();
    await send(20);
    assert.deepEqual([receiver.requests.length, await act(sluice, 'pause')], [before, ['paused operator']]);
    assert.deepEqual(await act(sluice, 'resume'), ['open']);
    while (new Set(messageIds(receiver)).size < sent.length) await receiver.count(receiver.requests.length + 1);
    assert.deepEqual(new Set(messageIds(receiver)), new Set(sent));
  });

  it('is none of a destination that is disabled, or is not there, nor of an endpoint that it has not', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver), { ...crmAt(receiver), id: 'off', enabled: false }]);
    for (const verb of ['pause', 'resume']) {
      const path = (id: string): string => `/destinations/${id}/${verb}`;
      assert.equal(await codeOf(sluice, path('no'), {}), '404 destination_not_found');
      assert.equal(await codeOf(sluice, path('off'), {}), '409 destination_disabled');
      assert.equal(await codeOf(sluice, path('crm'), { endpoint: receiver.url() }), '404 endpoint_not_found');
    }
    assert.deepEqual(await act(sluice, 'pause', { endpoint: receiver.url('/hook') }), ['paused operator']);
    assert.deepEqual(await act(sluice, 'resume', { endpoint: receiver.url('/hook') }), ['open']);
  });
});

describe('what an operator had done to a destination', () => {
  it('is in the audit trail, with endpoints by their origins alone, and what was refused is not', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver)]);
    await act(sluice, 'pause');
    await test(sluice);
    await act(sluice, 'resume');
    assert.equal(
      await codeOf(sluice, '/destinations/crm/pause', { endpoint: 'https://other.example/' }),
      '404 endpoint_not_found',
    );
    const { body } = await askApi(sluice, '/audit?subject=crm');
    const { data } = body as { data: readonly { action: string; by: string; after: object }[] };
    assert.deepEqual(
      data.slice(0, 3).map(({ action, by }) => [action, by]),
      ['resume', 'test', 'pause'].map((verb) => [`destination.${verb}`, 'admin token']),
    );
    const endpoints = [`http://127.0.0.1:${receiver.port}`];
    assert.deepEqual([data[0]?.after, data[2]?.after], [{ endpoints }, { endpoints }]);
    assert.doesNotMatch(JSON.stringify(data[1]), /hook|keep-me-safe|growth/);
  });
});

describe('a destination that is deleted', () => {
  it('leaves its history', async (t) => {
    const receiver = await open(t);
    const sluice = await start(t, [crmAt(receiver)]);
    await track(sluice, 'a');
    await receiver.next();
    const listed = async (): Promise<readonly { state: string }[]> =>
      ((await askApi(sluice, '/deliveries?destination=crm')).body as { data: { state: string }[] }).data;
    while ((await listed())[0]?.state !== 'delivered');
    await sluice.configure(configOf([]));
    sluice.hangUp();
    await sluice.logged(/"removed":\{"count":1,"ids":\["crm"\]\}/);
    const [left, ...others] = await listed();
    assert.deepEqual([left?.state, others], ['delivered', []]);
  });
});

/** Resolves to how many requests came when nothing is in flight any more. */
async function untilIdle(sluice: SluiceProcess, receiver: Receiver): Promise<number> {
  for (;;) {
    const { body } = await askApi(sluice, '/stats');
    const { now } = body as { now: readonly { inFlight: number }[] | null };
    if (now?.[0]?.inFlight === 0) return receiver.requests.length;
  }
}
