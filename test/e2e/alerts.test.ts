/** What an operator is told without asking, by a whole Sluice and a real webhook. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

interface ShownAlert {
  readonly kind: string;
  readonly state: string;
  readonly destination: string | null;
  readonly message: string;
}

interface ListedAlert extends ShownAlert {
  readonly since: string;
  readonly until: string | null;
}

/** It is looked every five seconds, twice. */
const TELLS_WITHIN_MS = 30_000;

async function open(t: TestContext): Promise<Receiver> {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  return receiver;
}

async function track(sluice: SluiceProcess, messageId: string): Promise<void> {
  const call = { userId: 'u', event: 'E', messageId };
  assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status, 200);
}

const alertsIn = (receiver: Receiver): readonly ShownAlert[] =>
  receiver.requests.flatMap(({ body }) => (JSON.parse(body) as { alerts: ShownAlert[] }).alerts);

describe('alerts of a whole Sluice', () => {
  it('tell once that deliveries die, that a destination is held, that one lags, and once that it is over', async (t) => {
    const endpoint = await open(t);
    const slow = await open(t);
    const operator = await open(t);
    // The second attempt has it left alone for a while: until then the gate is shut.
    endpoint.answer({ status: 400 }, { status: 503, headers: { 'retry-after': '12' } }, {});
    slow.answer('hang');
    // The first attempt at the operator fails, and is made again.
    operator.answer({ status: 500 }, {});
    const to = (id: string, receiver: Receiver, delivery: object): object => ({
      ...{ id, sources: ['web'], settings: { webhookUrl: receiver.url('/secret') }, delivery },
    });
    await using sluice = await SluiceProcess.start({
      config: {
        network: { allow: ['127.0.0.0/8'] },
        storage: { reserve: '0B' },
        alerts: { webhookUrl: operator.url('/hook'), lagMs: 10_000 },
        delivery: { drainMs: 0 },
        sources: [{ id: 'web', writeKeys: ['wk'] }],
        destinations: [to('crm', endpoint, { retries: 0 }), to('slow', slow, { timeoutMs: 60_000 })],
      },
    });
    await track(sluice, 'a');
    await sluice.logged(/"alert":"dead_letters".*"msg":"alert begun"/, TELLS_WITHIN_MS);
    await track(sluice, 'b');
    await sluice.logged(/"alert":"destination_held".*"msg":"alert begun"/, TELLS_WITHIN_MS);
    await sluice.logged(/"alert":"destination_lags".*"msg":"alert begun"/, TELLS_WITHIN_MS);
    await sluice.logged(/"alert":"destination_held".*"msg":"alert ended"/, TELLS_WITHIN_MS);
    // What arises together comes together.
    while (alertsIn(operator).length < 5) await operator.count(operator.requests.length + 1);
    const told = alertsIn(operator).map(({ kind, state, destination }) => `${kind} ${state} ${destination ?? ''}`);
    assert.deepEqual(told.toSorted(), [
      'dead_letters begun crm',
      'dead_letters begun crm',
      'destination_held begun crm',
      'destination_held ended crm',
      'destination_lags begun slow',
    ]);
    const held = alertsIn(operator).find(({ kind }) => kind === 'destination_held');
    assert.match(held?.message ?? '', /^crm: http:\/\/127\.0\.0\.1:\d+ is held \(retry_after\); /);
    const [first, second] = operator.requests.map(({ headers }) => headers['webhook-id']);
    assert.equal(first, second, 'the same alerts, sent again');
    const { data, sending } = (await askApi(sluice, '/alerts')).body as { data: ListedAlert[]; sending: object };
    assert.deepEqual(data.map(({ kind, state, destination }) => `${kind} ${state} ${destination ?? ''}`).toSorted(), [
      'dead_letters standing crm',
      'destination_held ended crm',
      'destination_lags standing slow',
    ]);
    for (const { state, since, until } of data) assert.ok(state === 'ended' ? until! > since : until === null);
    assert.match(JSON.stringify(sending), /^\{"lastAt":"[^"]+","problem":null,"waiting":[01]\}$/);
    assert.doesNotMatch(sluice.stderr, /\/secret|\/hook/);
    assert.equal(await sluice.terminate(), 0);
  });
});
