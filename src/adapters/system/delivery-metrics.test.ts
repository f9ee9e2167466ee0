import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelledMax } from '../../domain/limits.ts';
import { readMetrics } from '../../../test/support/prometheus-text.ts';
import { makeReport } from '../../../test/support/reports.ts';
import { type DeliveryMetrics, makeDeliveryMetrics, type Standing } from './delivery-metrics.ts';

const IDLE = { waiting: 0, parked: 0, inFlight: 0, oldestAtMs: null, endpoints: [] };

async function scrape(metrics: DeliveryMetrics, standings: readonly Standing[] = [], nowMs = 0) {
  return readMetrics(await metrics.page(standings, nowMs));
}

describe('the metrics of deliveries', () => {
  it('are there at zero as soon as a destination is', async () => {
    const metrics = makeDeliveryMetrics();
    metrics.keep(['crm']);
    const scraped = await scrape(metrics);
    assert.equal(scraped.value('sluice_attempts_total{destination="crm",outcome="failed"}'), 0);
    assert.equal(scraped.value('sluice_deliveries_total{destination="crm",state="dead"}'), 0);
    assert.equal(scraped.value('sluice_attempt_duration_seconds_count{destination="crm"}'), 0);
  });

  it('count attempts by outcome, and the time of those that were made', async () => {
    const metrics = makeDeliveryMetrics();
    for (const outcome of ['succeeded', 'failed', 'failed', 'rejected', 'skipped'] as const) {
      metrics.telemetry.attempted(makeReport({ outcome, durationMs: 200 }, { decided: null }));
    }
    const scraped = await scrape(metrics);
    const attempts = ['succeeded', 'failed', 'rejected', 'skipped'].map((outcome) =>
      scraped.value(`sluice_attempts_total{destination="crm",outcome="${outcome}"}`),
    );
    assert.deepEqual(attempts, [1, 2, 1, 1]);
    assert.equal(scraped.value('sluice_attempt_duration_seconds_count{destination="crm"}'), 4);
    assert.equal(scraped.value('sluice_attempt_duration_seconds_sum{destination="crm"}'), 0.8);
    assert.equal(scraped.value('sluice_deliveries_total{destination="crm",state="delivered"}'), 0);
  });

  it('count what became of deliveries, and how long they took since their event was received', async () => {
    const metrics = makeDeliveryMetrics();
    const made = { atMs: 9_000, durationMs: 500 };
    metrics.telemetry.attempted(makeReport(made, { receivedAtMs: 4_500, decided: 'delivered' }));
    // The clock was set back since the event was received.
    metrics.telemetry.attempted(makeReport(made, { receivedAtMs: 60_000, decided: 'delivered' }));
    metrics.telemetry.attempted(makeReport({ ...made, outcome: 'failed' }, { decided: 'dead' }));
    metrics.telemetry.died('crm', 'evt_1', 'http_500');
    metrics.telemetry.died('crm', 'evt_2', 'event_expired');
    metrics.telemetry.expired('crm', 12);
    const scraped = await scrape(metrics);
    assert.equal(scraped.value('sluice_deliveries_total{destination="crm",state="delivered"}'), 2);
    assert.equal(scraped.value('sluice_deliveries_total{destination="crm",state="dead"}'), 2);
    assert.equal(scraped.value('sluice_delivery_duration_seconds_count{destination="crm"}'), 2);
    assert.equal(scraped.value('sluice_delivery_duration_seconds_sum{destination="crm"}'), 5);
    assert.equal(scraped.value('sluice_events_expired_total{destination="crm"}'), 12);
  });

  it('count the endpoints of a destination by their state', async () => {
    const endpoints = (['open', 'held', 'held'] as const).map((state) => ({ state }));
    const scraped = await scrape(makeDeliveryMetrics(), [{ ...IDLE, destination: 'crm', endpoints }]);
    const counts = ['open', 'held', 'paused'].map((state) =>
      scraped.value(`sluice_endpoints{destination="crm",state="${state}"}`),
    );
    assert.deepEqual(counts, [1, 2, 0]);
  });

  it('show how each destination stands at the moment of the scrape', async () => {
    const metrics = makeDeliveryMetrics();
    const busy = { ...IDLE, destination: 'crm', waiting: 7, parked: 3, inFlight: 2, oldestAtMs: 1_000 };
    const first = await scrape(metrics, [busy, { ...IDLE, destination: 'mail' }], 61_000);
    assert.equal(first.value('sluice_waiting_events{destination="crm"}'), 7);
    assert.equal(first.value('sluice_parked_events{destination="crm"}'), 3);
    assert.equal(first.value('sluice_attempts_in_flight{destination="crm"}'), 2);
    assert.equal(first.value('sluice_oldest_waiting_seconds{destination="crm"}'), 60);
    assert.equal(first.value('sluice_oldest_waiting_seconds{destination="mail"}'), 0);
    const second = await scrape(metrics, [{ ...IDLE, destination: 'crm', oldestAtMs: 1_000 }], 62_000);
    assert.equal(second.value('sluice_oldest_waiting_seconds{destination="crm"}'), 0);
    assert.equal(second.value('sluice_waiting_events{destination="crm"}'), 0);
    assert.deepEqual(second.series('sluice_waiting_events'), ['sluice_waiting_events{destination="crm"}']);
  });

  it('have nothing left of a destination that is gone', async () => {
    const metrics = makeDeliveryMetrics();
    metrics.keep(['crm', 'mail']);
    metrics.telemetry.attempted(makeReport());
    metrics.keep(['mail']);
    assert.doesNotMatch(await metrics.page([], 0), /crm/);
  });

  it('have a bounded number of series, and count those beyond it together', async () => {
    const metrics = makeDeliveryMetrics();
    const names = Array.from({ length: labelledMax + 2 }, (_, index) => `d${index}`);
    metrics.keep(names);
    for (const destination of names.slice(-2)) metrics.telemetry.died(destination, 'evt_1', 'http_500');
    const standings = names.map((destination, index) => ({ ...IDLE, destination, waiting: 1, oldestAtMs: index }));
    const scraped = await scrape(metrics, standings, 2_000);
    assert.equal(scraped.series('sluice_waiting_events').length, labelledMax + 1);
    assert.equal(scraped.series('sluice_deliveries_total').length, 2 * (labelledMax + 1));
    assert.equal(scraped.value('sluice_deliveries_total{destination="(other)",state="dead"}'), 2);
    assert.equal(scraped.value('sluice_waiting_events{destination="(other)"}'), 2);
    assert.equal(scraped.value('sluice_oldest_waiting_seconds{destination="(other)"}'), 1);
  });
});
