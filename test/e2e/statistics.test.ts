/** What operators are told by numbers over time. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Answer } from '../../src/contract/operation.ts';
import type { statisticsOperations } from '../../src/contract/statistics.ts';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

type Stats = Answer<(typeof statisticsOperations)['countAttempts']>;

async function start(t: TestContext): Promise<{ sluice: SluiceProcess; receiver: Receiver }> {
  const receiver = await openReceiver();
  const settings = { webhooks: [{ url: receiver.url() }] };
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [{ id: 'crm', sources: ['web'], settings, delivery: { retries: 0 } }],
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

/** Asks until the answer is as wanted: what ended is settled a few milliseconds later. */
async function until<T>(sluice: SluiceProcess, path: string, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { status, body } = await askApi(sluice, path);
    assert.equal(status, 200, JSON.stringify(body));
    if (isWanted(body as T)) return body as T;
    assert.ok(performance.now() < deadline, `${path}: ${JSON.stringify(body)}`);
  }
}

/** Of all spans: delivered, dead, cancelled. */
function endedIn({ data }: Stats): readonly [number, number, number] {
  const sum = (state: 'delivered' | 'dead' | 'cancelled'): number =>
    data.reduce((all, { ended }) => all + (ended?.[state] ?? 0), 0);
  return [sum('delivered'), sum('dead'), sum('cancelled')];
}

describe('what ended', () => {
  it('is counted by time and state, over a restart, and for a destination that is gone', async (t) => {
    const { sluice, receiver } = await start(t);
    receiver.answer({}, { status: 500 });
    await track(sluice, 'a');
    await receiver.count(1);
    await track(sluice, 'b');
    await until<Stats>(sluice, '/stats?destination=crm', (stats) => endedIn(stats).join() === '1,1,0');

    receiver.answer({ status: 503 });
    const body = {
      ...{ name: 'Late', sources: ['web'], settings: { webhookUrl: receiver.url('/late') } },
      delivery: { retries: 1, backoffMs: [60_000] },
    };
    const made = await askApi(sluice, '/destinations', { method: 'POST', body });
    const { id } = made.body as { readonly id: string };
    await track(sluice, 'c');
    await until<{ data: unknown[] }>(
      sluice,
      `/deliveries?destination=${id}&state=pending`,
      ({ data }) => data.length > 0,
    );
    await askApi(sluice, `/destinations/${id}`, { method: 'DELETE' });
    await until<Stats>(sluice, `/stats?destination=${id}`, (stats) => endedIn(stats).join() === '0,0,1');

    await sluice.terminate();
    await sluice.restart();
    await until<Stats>(sluice, '/stats?step=1m', (stats) => endedIn(stats).join() === '1,2,1');
    const byEndpoint = (await askApi(sluice, '/stats?by=endpoint')).body as Stats;
    assert.ok(byEndpoint.data.length > 0 && byEndpoint.data.every(({ ended }) => ended === null));
  });
});

describe('what was owed', () => {
  it('is told by time, with whether it was held, and from before a restart too', async (t) => {
    const { sluice } = await start(t);
    assert.equal((await askApi(sluice, '/destinations/crm/pause', { method: 'POST' })).status, 200);
    for (const event of ['a', 'b', 'c']) await track(sluice, event);
    await sluice.terminate();
    // What is owed is looked at when the process starts, and then once a minute.
    await sluice.restart();
    const { owed } = await until<Stats>(sluice, '/stats?destination=crm&step=1m', (stats) => stats.owed.length > 0);
    const [first] = owed;
    assert.deepEqual([first?.destination, first?.waiting, first?.heldMinutes], ['crm', 3, 1]);
    assert.equal((await askApi(sluice, '/destinations/crm/resume', { method: 'POST' })).status, 200);
    await until<Stats>(sluice, '/stats', ({ data }) => data.length > 0);
    await sluice.terminate();
    await sluice.restart();
    const again = (await askApi(sluice, '/stats?destination=crm&step=1m')).body as Stats;
    assert.deepEqual(again.owed[0], first);
  });
});

describe('what is accepted', () => {
  it('is told by source, from the start of the process on', async (t) => {
    const { sluice } = await start(t);
    type Accepted = Answer<(typeof statisticsOperations)['countAccepted']>;
    const sum = ({ data }: Accepted): readonly (readonly [string, number])[] =>
      data.map(({ source, minutes }) => [source, minutes.reduce((all, { accepted }) => all + accepted, 0)]);
    for (const event of ['a', 'b', 'b']) await track(sluice, event);
    const before = await until<Accepted>(sluice, '/stats/accepted', ({ data }) => data.length > 0);
    assert.deepEqual(sum(before), [['web', 2]]);
    assert.ok((before.data[0]?.perSecond ?? 0) > 0);
    await sluice.terminate();
    await sluice.restart();
    const after = (await askApi(sluice, '/stats/accepted')).body as Accepted;
    assert.deepEqual(after.data, []);
    assert.ok(after.since > before.since);
  });
});
