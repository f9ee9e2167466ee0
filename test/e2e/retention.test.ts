/** What a whole Sluice forgets when its log is full, and how it tells what that cost whom. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMetrics } from '../support/prometheus-text.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const TOKEN = 'operator-7fK2xWq9ZtLm';
const MIB = 2 ** 20;
const LOG_BYTES = 64 * MIB;
/** Events of one call, of 30 KB each, and calls: 1.5 times the log. */
const BATCH_EVENTS = 16;
const BATCHES = Math.ceil((1.5 * LOG_BYTES) / (BATCH_EVENTS * 30_000));
/** The log is looked at every ten seconds, and waits for attempts in flight. */
const FORGETS_WITHIN_MS = 40_000;

interface DiskStats {
  readonly data: readonly { readonly at: string; readonly log: number; readonly history: number }[];
  readonly parts: Readonly<Record<'log' | 'history' | 'refused' | 'index', { readonly bytes: number }>>;
  readonly expired: readonly { readonly destination: string; readonly events: number }[];
}

interface ShownDelivery {
  readonly event: string;
  readonly state: string;
  readonly reason: string | null;
}

async function ask<Answer>(sluice: SluiceProcess, path: string): Promise<Answer> {
  const response = await fetch(`${sluice.url}/api/v1${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(response.status, 200);
  return (await response.json()) as Answer;
}

async function deliveries(sluice: SluiceProcess, query: string): Promise<readonly ShownDelivery[]> {
  return (await ask<{ readonly data: readonly ShownDelivery[] }>(sluice, `/deliveries?${query}`)).data;
}

async function metric(sluice: SluiceProcess, series: string): Promise<number> {
  const response = await fetch(`${sluice.url}/metrics`);
  return readMetrics(await response.text()).value(series) ?? NaN;
}

async function until<T>(look: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + FORGETS_WITHIN_MS;
  for (;;) {
    const found = await look();
    if (isSo(found)) return found;
    assert.ok(performance.now() < deadline, `in time: ${JSON.stringify(found)}`);
  }
}

/** Events of 30 KB, so many calls at once as make a full log in a few seconds. */
async function fill(sluice: SluiceProcess): Promise<number> {
  const pad = 'x'.repeat(30_000);
  let sent = 0;
  const sendSome = async (): Promise<void> => {
    while (sent < BATCHES) {
      const number = sent++;
      const batch = Array.from({ length: BATCH_EVENTS }, (_, index) => ({
        ...{ type: 'track', userId: 'u', event: 'Large', messageId: `${number}-${index}`, properties: { pad } },
      }));
      assert.equal((await post(sluice.url, '/v1/batch', { batch }, { writeKey: 'wk' })).status, 200);
    }
  };
  await Promise.all([sendSome(), sendSome(), sendSome(), sendSome()]);
  return BATCHES * BATCH_EVENTS;
}

describe('a log that is full', () => {
  it('forgets the oldest events, and tells what became of those that somebody still waited for', async (t) => {
    const held = await openReceiver();
    const late = await openReceiver();
    t.after(async () => {
      await held.close();
      await late.close();
    });
    // Asks to be left alone for an hour at its first attempt: nothing else is ever taken for it.
    held.answer({ status: 503, headers: { 'retry-after': '3600' } });
    late.answer({ status: 500 });
    const to = (id: string, webhookUrl: string, delivery: object): object => ({
      ...{ id, sources: ['web'], settings: { webhookUrl }, delivery },
    });
    await using sluice = await SluiceProcess.start({
      config: {
        network: { allow: ['127.0.0.0/8'] },
        storage: { reserve: '0B' },
        admin: { token: TOKEN },
        retention: { log: { size: '64MiB' } },
        sources: [{ id: 'web', writeKeys: ['wk'] }],
        destinations: [
          to('held', held.url(), {}),
          to('late', late.url(), { backoffMs: [30_000], filter: { names: { include: ['First'] } } }),
        ],
      },
    });
    const call = { userId: 'u', event: 'First', messageId: 'first' };
    assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status, 200);
    const [first] = await until(
      async () => deliveries(sluice, 'destination=late'),
      (found) => found.length === 1,
    );
    assert.ok(first?.state === 'pending');
    const sent = 1 + (await fill(sluice));

    await sluice.logged(/events went past their retention before they were delivered/, FORGETS_WITHIN_MS);
    const stats = await until(
      async () => ask<DiskStats>(sluice, '/stats/disk'),
      ({ parts }) => parts.log.bytes <= LOG_BYTES,
    );
    assert.ok(stats.parts.log.bytes > LOG_BYTES / 2, 'no more is forgotten than must be');

    // Counted,
    const count = await metric(sluice, 'sluice_events_expired_total{destination="held"}');
    assert.ok(count > 0);
    const waiting = await metric(sluice, 'sluice_waiting_events{destination="held"}');
    assert.equal(count + waiting, sent, 'each event is gone and counted, or waits');
    assert.equal(await metric(sluice, 'sluice_events_expired_total{destination="late"}'), 0);
    // logged,
    const lines = sluice.stderr.split('\n').filter((line) => line.includes('events went past their retention'));
    const records = lines.map((line) => JSON.parse(line) as { destination: string; count: number });
    assert.deepEqual(new Set(records.map(({ destination }) => destination)), new Set(['held']));
    assert.equal(
      records.reduce((sum, record) => sum + record.count, 0),
      count,
    );
    // and shown.
    assert.deepEqual(stats.expired, [{ destination: 'held', events: count }]);
    const today = `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
    assert.equal(stats.data.at(-1)?.at, today);
    assert.ok((stats.data.at(-1)?.log ?? 0) > LOG_BYTES / 4);

    // What was parked dies when it is due.
    await sluice.logged(/"destination":"late".*"reason":"event_expired"/, FORGETS_WITHIN_MS);
    const dead = await until(
      async () => deliveries(sluice, `event=${first.event}&destination=late&state=dead`),
      (found) => found.length === 1,
    );
    assert.deepEqual([dead[0]?.reason, late.requests.length], ['event_expired', 1]);
    const gone = await fetch(`${sluice.url}/api/v1/events/${first.event}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.equal(gone.status, 404);

    await sluice.terminate();
    await sluice.restart();
    assert.deepEqual((await ask<DiskStats>(sluice, '/stats/disk')).expired, stats.expired);
  });
});
