import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMetrics } from '../test/support/prometheus-text.ts';
import { SimulatedAmbient } from '../test/support/simulated-ambient.ts';
import { makeMainMetrics } from './adapters/system/main-metrics.ts';
import { makeMonitoring, type MonitoringParts } from './monitoring.ts';

const NEVER = async (): Promise<never> => new Promise(() => undefined);
const DISK = { freeBytes: 900, reserveBytes: 100, isFull: false };
const DELAY = { p50: 0, p99: 0.5, max: 1 };

function makeParts(
  parts: { log?: Partial<MonitoringParts['log']>; delivery?: Partial<MonitoringParts['delivery']> } = {},
) {
  const ambient = new SimulatedAmbient();
  const asked = { delivery: 0 };
  const monitoring = makeMonitoring({
    metrics: makeMainMetrics('1.2.3'),
    log: {
      facts: { survivesPowerCut: true, dedupe: 'exact' },
      extent: async () => Promise.resolve({ first: 1, end: 0, bytes: 4_096, oldestAtMs: null }),
      disk: async () => Promise.resolve(DISK),
      writerBusyMs: () => 10,
      ...parts.log,
    },
    delivery: {
      answer: async () => Promise.resolve(),
      metrics: async () => {
        asked.delivery++;
        const page = '# HELP sluice_x X.\n# TYPE sluice_x gauge\nsluice_x 1\n';
        return Promise.resolve({ page, delay: DELAY, sendersBusyMs: [30, 40] });
      },
      busyMs: () => 20,
      ...parts.delivery,
    },
    httpBusyMs: () => [50],
    ambient,
    version: '1.2.3',
    dataBytes: () => ({ history: 300, index: 20, refused: 1 }),
  });
  return { monitoring, ambient, asked };
}

describe('readiness', () => {
  it('is there when all threads answer and there is room', async () => {
    const { monitoring } = makeParts();
    assert.deepEqual(await monitoring.readiness(), {
      ...{ isReady: true, version: '1.2.3', facts: { survivesPowerCut: true, dedupe: 'exact' } },
      checks: {
        log: { status: 'ok' },
        disk: { status: 'ok', freeBytes: 900, reserveBytes: 100 },
        delivery: { status: 'ok' },
      },
    });
  });

  it('is not there while the disk is full', async () => {
    const { monitoring } = makeParts({ log: { disk: async () => Promise.resolve({ ...DISK, isFull: true }) } });
    const { isReady, checks } = await monitoring.readiness();
    assert.equal(isReady, false);
    assert.equal(checks['disk']?.status, 'full');
  });

  it('is not there when a thread says nothing for two seconds, or fails', async () => {
    const failing = async (): Promise<never> => Promise.reject(new Error('it has ended'));
    const { monitoring, ambient } = makeParts({ log: { disk: failing }, delivery: { answer: NEVER } });
    const answer = monitoring.readiness();
    await ambient.advance(2_000);
    const { isReady, checks } = await answer;
    assert.equal(isReady, false);
    const silent = { status: 'silent' };
    assert.deepEqual(checks, { log: silent, disk: silent, delivery: silent });
  });
});

describe('a scrape', () => {
  it('has the parts of all threads', async () => {
    const { monitoring } = makeParts();
    const scraped = readMetrics(await monitoring.metrics());
    assert.equal(scraped.value('sluice_x'), 1);
    assert.equal(scraped.value('sluice_log_bytes'), 4_096);
    assert.equal(scraped.value('sluice_event_loop_delay_seconds{thread="delivery",quantile="1"}'), 1);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="delivery"}'), 0.02);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="sender-2"}'), 0.04);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="http-1"}'), 0.05);
    assert.equal(scraped.value('sluice_scrape_incomplete'), 0);
  });

  it('is shared by all who ask at once', async () => {
    const { monitoring, asked } = makeParts();
    const pages = await Promise.all([monitoring.metrics(), monitoring.metrics(), monitoring.metrics()]);
    assert.equal(asked.delivery, 1);
    assert.equal(new Set(pages).size, 1);
    await monitoring.metrics();
    assert.equal(asked.delivery, 2);
  });

  it('leaves out a thread that says nothing for two seconds, and says so', async () => {
    const { monitoring, ambient } = makeParts({ delivery: { metrics: NEVER } });
    const answer = monitoring.metrics();
    await ambient.advance(2_000);
    const scraped = readMetrics(await answer);
    assert.equal(scraped.value('sluice_scrape_incomplete'), 1);
    assert.equal(scraped.value('sluice_x'), undefined);
    assert.equal(scraped.value('sluice_log_bytes'), 4_096);
    assert.equal(scraped.value('sluice_thread_busy_seconds_total{thread="delivery"}'), 0.02);
  });
});
