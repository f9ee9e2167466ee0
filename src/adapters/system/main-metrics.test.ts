import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Refusal } from '../../ports/telemetry.ts';
import { readMetrics } from '../../../test/support/prometheus-text.ts';
import { makeEvent } from '../../../test/support/reports.ts';
import type { Gauged } from './main-gauges.ts';
import { type MainMetrics, makeMainMetrics } from './main-metrics.ts';

const KNOWN: Gauged = {
  ...{
    nowMs: 100_000,
    logBytes: 4_096,
    dataBytes: { history: 300, index: 20, refused: 1 },
    logOldestAtMs: 40_000,
    diskFreeBytes: 900,
    diskReserveBytes: 100,
  },
  threads: { main: { busyMs: 1_500, delay: { p50: 0.001, p99: 0.02, max: 0.3 } }, log: { busyMs: 250, delay: null } },
  isIncomplete: false,
};

async function scrape(metrics: MainMetrics, gauged: Partial<Gauged> = {}) {
  return readMetrics(await metrics.page({ ...KNOWN, ...gauged }));
}

function refusal(fields: Partial<Refusal> = {}): Refusal {
  return {
    ...{ atMs: 0, source: 'web', reason: 'unknown_source', type: 'track', message: '', count: 1, route: 'track' },
    ...{ writeKey: null, subject: null },
    ...fields,
  };
}

describe('the metrics of the main thread', () => {
  it('count events by source and type, and apart from them what was there already', async () => {
    const metrics = makeMainMetrics('1.2.3');
    metrics.keep(['web', 'app']);
    const events = [{}, { type: 'page' }, {}, { source: 'app' }] as const;
    metrics.telemetry.accepted(
      1,
      events.map((event) => makeEvent({ source: 'web', ...event })),
      new Float64Array([1, 2, 0, 3]),
    );
    const scraped = await scrape(metrics);
    assert.equal(scraped.value('sluice_events_accepted_total{source="web",type="track"}'), 1);
    assert.equal(scraped.value('sluice_events_accepted_total{source="web",type="page"}'), 1);
    assert.equal(scraped.value('sluice_events_accepted_total{source="app",type="track"}'), 1);
    assert.equal(scraped.value('sluice_events_accepted_total{source="app",type="alias"}'), 0);
    assert.equal(scraped.value('sluice_events_duplicate_total{source="web"}'), 1);
  });

  it('count refused calls by reason, with an empty source where none is known', async () => {
    const metrics = makeMainMetrics('1.2.3');
    metrics.telemetry.refused(refusal({ source: null }));
    metrics.telemetry.refused(refusal({ reason: 'too_many_items', count: 2_501 }));
    const scraped = await scrape(metrics);
    assert.equal(scraped.value('sluice_calls_refused_total{source="",reason="unknown_source"}'), 1);
    assert.equal(scraped.value('sluice_calls_refused_total{source="web",reason="too_many_items"}'), 2_501);
  });

  it('have nothing left of a source that is gone', async () => {
    const metrics = makeMainMetrics('1.2.3');
    metrics.keep(['web', 'app']);
    metrics.telemetry.accepted(1, [makeEvent({ source: 'web' })], new Float64Array([1]));
    metrics.telemetry.refused(refusal());
    metrics.keep(['app']);
    assert.doesNotMatch(await metrics.page(KNOWN), /"web"/);
  });

  it('measure answers and commits in seconds', async () => {
    const metrics = makeMainMetrics('1.2.3');
    metrics.answered(30);
    metrics.committed(2);
    const scraped = await scrape(metrics);
    assert.equal(scraped.value('sluice_accept_duration_seconds_sum'), 0.03);
    assert.equal(scraped.value('sluice_accept_duration_seconds_bucket{le="0.025"}'), 0);
    assert.equal(scraped.value('sluice_accept_duration_seconds_bucket{le="0.05"}'), 1);
    assert.equal(scraped.value('sluice_log_commit_seconds_bucket{le="0.0025"}'), 1);
  });

  it('show the log, the disk, the threads and the version', async () => {
    const scraped = await scrape(makeMainMetrics('1.2.3'));
    assert.equal(scraped.value('sluice_log_bytes'), 4_096);
    assert.equal(scraped.value('sluice_log_oldest_seconds'), 60);
    assert.deepEqual(
      ['history', 'index', 'refused'].map((part) => scraped.value(`sluice_${part}_bytes`)),
      [300, 20, 1],
    );
    assert.equal(scraped.value('sluice_disk_free_bytes'), 900);
    assert.equal(scraped.value('sluice_disk_reserve_bytes'), 100);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="main"}'), 1.5);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="log"}'), 0.25);
    assert.equal(scraped.value('sluice_event_loop_delay_seconds{thread="main",quantile="0.99"}'), 0.02);
    assert.equal(scraped.value('sluice_build_info{version="1.2.3"}'), 1);
    assert.equal(scraped.value('sluice_scrape_incomplete'), 0);
    assert.ok((scraped.value('process_resident_memory_bytes') ?? 0) > 0);
  });

  it('leave out what is not known rather than show a zero, and say that something is missing', async () => {
    const metrics = makeMainMetrics('1.2.3');
    await scrape(metrics);
    const scraped = await scrape(metrics, { diskFreeBytes: null, logBytes: null, isIncomplete: true });
    assert.deepEqual([...scraped.series('sluice_disk_free_bytes'), ...scraped.series('sluice_log_bytes')], []);
    assert.equal(scraped.value('sluice_scrape_incomplete'), 1);
    assert.equal((await scrape(metrics)).value('sluice_disk_free_bytes'), 900);
  });
});
