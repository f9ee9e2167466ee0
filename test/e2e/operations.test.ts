/** What an operator watches: probes and metrics of a whole Sluice, with numbers that are exactly right. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { readMetrics, type Scraped } from '../support/prometheus-text.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const TOKEN = 'operator-7fK2xWq9ZtLm';
let good: Receiver;
let bad: Receiver;
before(async () => {
  good = await openReceiver();
  bad = await openReceiver();
});
after(async () => {
  await good.close();
  await bad.close();
});

function config(delivery: object = { backoffMs: [50] }): object {
  const to = (id: string, receiver: Receiver): object => ({
    ...{ id, sources: ['web'], settings: { webhookUrl: receiver.url() }, delivery },
  });
  return {
    network: { allow: ['127.0.0.0/8'] },
    admin: { token: TOKEN },
    sources: [
      { id: 'web', writeKeys: ['wk'] },
      { id: 'off', enabled: false, writeKeys: ['wk_off'] },
    ],
    destinations: [to('good', good), to('bad', bad)],
  };
}

async function scrape(url: string): Promise<Scraped> {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 200);
  return readMetrics(await response.text());
}

/** Scrapes until the metrics are so: what is settled is counted a little after a receiver has its request. */
async function scrapedWhen(url: string, isSo: (scraped: Scraped) => boolean): Promise<Scraped> {
  for (let scrapes = 1; ; scrapes++) {
    const scraped = await scrape(url);
    if (isSo(scraped) || scrapes === 400) return scraped;
  }
}

const call = (messageId: string, more: object = {}): object => ({
  type: 'track',
  userId: 'u',
  event: 'E',
  messageId,
  ...more,
});

describe('the metrics of a whole Sluice', () => {
  it('count what was accepted, refused, attempted and delivered, and go back to nothing waiting', async () => {
    await using sluice = await SluiceProcess.start({ config: config() });
    good.answer({});
    bad.answer({ status: 500 });
    const send = async (path: string, body: unknown, writeKey = 'wk'): Promise<number> =>
      (await post(sluice.url, path, body, { writeKey })).status;
    const batch = {
      batch: [call('3'), call('4', { type: 'page', name: 'Home' }), call('5', { userId: 7 }), call('3')],
    };
    assert.equal(await send('/v1/track', call('1')), 200);
    assert.equal(await send('/v1/track', call('1')), 200);
    assert.equal(await send('/v1/identify', call('2')), 200);
    assert.equal(await send('/v1/batch', batch), 200);
    assert.equal(await send('/v1/track', call('6'), 'nobody'), 200);
    assert.equal(await send('/v1/track', call('7'), 'wk_off'), 200);
    assert.equal(await send('/v1/track', '{'), 400);

    const scraped = await scrapedWhen(
      sluice.url,
      (each) =>
        each.value('sluice_deliveries_total{destination="good",state="delivered"}') === 4 &&
        each.value('sluice_deliveries_total{destination="bad",state="dead"}') === 4 &&
        each.value('sluice_waiting_events{destination="bad"}') === 0,
    );
    const expected = {
      'sluice_events_accepted_total{source="web",type="track"}': 2,
      'sluice_events_accepted_total{source="web",type="identify"}': 1,
      'sluice_events_accepted_total{source="web",type="page"}': 1,
      'sluice_events_accepted_total{source="web",type="group"}': 0,
      'sluice_events_accepted_total{source="off",type="track"}': 0,
      'sluice_events_duplicate_total{source="web"}': 2,
      'sluice_calls_refused_total{source="",reason="unknown_source"}': 1,
      'sluice_calls_refused_total{source="off",reason="source_disabled"}': 1,
      'sluice_calls_refused_total{source="web",reason="malformed_json"}': 1,
      'sluice_deliveries_total{destination="good",state="delivered"}': 4,
      'sluice_deliveries_total{destination="good",state="dead"}': 0,
      'sluice_deliveries_total{destination="bad",state="delivered"}': 0,
      'sluice_deliveries_total{destination="bad",state="dead"}': 4,
      'sluice_attempts_total{destination="good",outcome="succeeded"}': 4,
      'sluice_attempts_total{destination="good",outcome="failed"}': 0,
      'sluice_attempts_total{destination="bad",outcome="failed"}': 8,
      'sluice_attempt_duration_seconds_count{destination="good"}': 4,
      'sluice_attempt_duration_seconds_count{destination="bad"}': 8,
      'sluice_delivery_duration_seconds_count{destination="good"}': 4,
      'sluice_delivery_duration_seconds_count{destination="bad"}': 0,
      sluice_accept_duration_seconds_count: 6,
      'sluice_waiting_events{destination="good"}': 0,
      'sluice_waiting_events{destination="bad"}': 0,
      'sluice_parked_events{destination="bad"}': 0,
      'sluice_attempts_in_flight{destination="good"}': 0,
      'sluice_oldest_waiting_seconds{destination="bad"}': 0,
      'sluice_events_expired_total{destination="good"}': 0,
      sluice_scrape_incomplete: 0,
    };
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((series) => [series, scraped.value(series)])),
      expected,
    );
    // One item of the batch is refused, by a reason that depends on what its mistake is called.
    assert.equal(scraped.series('sluice_calls_refused_total').length, 4);
    for (const name of ['sluice_log_bytes', 'sluice_disk_free_bytes', 'sluice_log_commit_seconds_count']) {
      assert.ok((scraped.value(name) ?? 0) > 0, name);
    }
    for (const thread of ['main', 'delivery', 'log']) {
      assert.ok((scraped.value(`sluice_thread_busy_seconds_total{thread="${thread}"}`) ?? 0) > 0, thread);
    }
  });

  it('show what waits for an endpoint that does not answer, and forget a destination that is removed', async () => {
    await using sluice = await SluiceProcess.start({ config: config({ timeoutMs: 60_000, concurrency: 2 }) });
    good.answer({});
    bad.answer('hang');
    for (const messageId of ['1', '2', '3']) await post(sluice.url, '/v1/track', call(messageId), { writeKey: 'wk' });
    const standing = await scrapedWhen(
      sluice.url,
      (each) =>
        each.value('sluice_attempts_in_flight{destination="bad"}') === 2 &&
        each.value('sluice_waiting_events{destination="bad"}') === 3 &&
        each.value('sluice_waiting_events{destination="good"}') === 0,
    );
    assert.equal(standing.value('sluice_waiting_events{destination="bad"}'), 3);
    assert.equal(standing.value('sluice_attempts_in_flight{destination="bad"}'), 2);
    assert.ok((standing.value('sluice_oldest_waiting_seconds{destination="bad"}') ?? 0) > 0);
    await sluice.kill9();
    const { destinations, ...rest } = config() as { destinations: object[] };
    await sluice.configure({ ...rest, destinations: destinations.slice(0, 1) });
    await sluice.restart();
    assert.doesNotMatch(await (await fetch(`${sluice.url}/metrics`)).text(), /"bad"/);
  });
});

describe('the metrics', () => {
  it('are closed to other machines without the token, and open with it', async () => {
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    await using sluice = await SluiceProcess.start({ config: config(), flags: ['--host', '0.0.0.0'] });
    const { port } = new URL(sluice.url);
    // A machine without an address of its own still has the ways in that a proxy and a rebound name take.
    const ways: readonly [url: string, headers: Record<string, string>][] = [
      ...(own === undefined ? [] : [[`http://${own}:${port}`, {}] as [string, Record<string, string>]]),
      [`http://127.0.0.1:${port}`, { 'x-forwarded-for': '203.0.113.7' }],
    ];
    for (const [url, headers] of ways) {
      const refused = await fetch(`${url}/metrics`, { headers });
      assert.equal(refused.status, 401);
      assert.doesNotMatch(await refused.text(), /sluice_/);
      const authorization = `Bearer ${TOKEN}`;
      assert.equal((await fetch(`${url}/metrics`, { headers: { ...headers, authorization } })).status, 200);
      assert.equal((await fetch(`${url}/readyz`, { headers })).status, 200);
    }
  });
});

describe('the probes of a whole Sluice', () => {
  it('say that it is ready, and during the drain that it lives and takes no calls', async () => {
    await using sluice = await SluiceProcess.start({ config: config({ timeoutMs: 60_000 }) });
    const { url } = sluice;
    good.answer({});
    bad.answer('hang');
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 200);
    const { status, checks, facts } = (await ready.json()) as Record<string, Record<string, unknown>>;
    assert.equal(status, 'ready');
    assert.deepEqual(Object.keys(checks ?? {}), ['log', 'disk', 'delivery']);
    assert.deepEqual(facts, { survivesPowerCut: true, dedupe: 'exact' });

    const first = bad.requests.length;
    await post(url, '/v1/track', call('1'), { writeKey: 'wk' });
    await bad.count(first + 1);
    process.kill(sluice.pid, 'SIGTERM');
    await sluice.logged(/"stopping"/);
    const stopping = await fetch(`${url}/readyz`);
    assert.deepEqual([stopping.status, await stopping.json()], [503, { status: 'shutting_down' }]);
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    const refused = await post(url, '/v1/track', call('2'), { writeKey: 'wk' });
    assert.equal(refused.status, 503);
    assert.equal((await scrape(url)).value('sluice_attempts_in_flight{destination="bad"}'), 1);
  });
});
