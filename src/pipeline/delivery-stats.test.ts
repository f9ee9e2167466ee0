import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LATENCY_BUCKETS_MS } from '../ports/delivery-store.ts';
import type { AttemptCount, EndCount } from '../ports/delivery-history.ts';
import { percentile, statsOf } from './delivery-stats.ts';

/** So many attempts in the bucket that ends at a bound; `Infinity` is the last one. */
function bucketsOf(byBound: Readonly<Record<number, number>>): number[] {
  return [...LATENCY_BUCKETS_MS, Infinity].map((bound) => byBound[bound] ?? 0);
}

const countOf = (more: Partial<AttemptCount>): AttemptCount => ({
  ...{ minute: 60, destination: 'crm', endpoint: '/a', outcome: 'succeeded', latencyBuckets: bucketsOf({ 10: 4 }) },
  ...more,
});

const endOf = (more: Partial<EndCount>): EndCount => ({
  ...{ minute: 60, destination: 'crm', delivered: 1, dead: 0, cancelled: 0 },
  ...more,
});

describe('the statistics of deliveries', () => {
  it('are of each destination and span, its endpoints together', () => {
    const attempts = [
      countOf({}),
      countOf({ endpoint: '/b', outcome: 'failed', latencyBuckets: bucketsOf({ 200: 4 }) }),
      countOf({ destination: 'other' }),
      countOf({ minute: 120, outcome: 'skipped' }),
    ];
    const [one, two, three, ...none] = statsOf({ attempts, ended: [] }, false);
    assert.deepEqual(one, {
      ...{ minute: 60, destination: 'crm', endpoint: null },
      attempts: { succeeded: 4, failed: 4, rejected: 0, skipped: 0 },
      latencyMs: { p50: 10, p95: 190, p99: 198 },
      ended: { delivered: 0, dead: 0, cancelled: 0 },
    });
    assert.equal(two?.destination, 'other');
    assert.deepEqual([three?.minute, three?.attempts.skipped, three?.latencyMs], [120, 4, null]);
    assert.deepEqual(none, []);
  });

  it('are of each endpoint where that is asked for', () => {
    const attempts = [countOf({}), countOf({ endpoint: '/b' }), countOf({ outcome: 'failed' })];
    const stats = statsOf({ attempts, ended: [endOf({}), endOf({ minute: 0 })] }, true);
    assert.deepEqual(
      stats.map(({ endpoint, attempts: counted, ended }) => [endpoint, counted.succeeded, counted.failed, ended]),
      [
        ['/a', 4, 4, null],
        ['/b', 4, 0, null],
      ],
    );
  });

  it('have what ended in all lanes of a destination, also where nothing was attempted', () => {
    const ended = [endOf({ minute: 0, dead: 2 }), endOf({}), endOf({ delivered: 5, cancelled: 1 })];
    assert.deepEqual(
      statsOf({ attempts: [countOf({}), countOf({ minute: 120 })], ended }, false).map((row) => [
        ...[row.minute, row.attempts.succeeded, row.latencyMs?.p50 ?? null],
        ...[row.ended?.delivered, row.ended?.dead, row.ended?.cancelled],
      ]),
      [
        [0, 0, null, 1, 2, 0],
        [60, 4, 7.5, 6, 0, 1],
        [120, 4, 7.5, 0, 0, 0],
      ],
    );
  });
});

describe('a percentile of latency buckets', () => {
  it('is where its rank lies in its bucket', () => {
    assert.equal(percentile(bucketsOf({ 100: 10 }), 0.5), 75);
    assert.equal(percentile(bucketsOf({ 1: 1 }), 0.5), 0.5);
    assert.equal(percentile(bucketsOf({ 1: 99, 5_000: 1 }), 0.99), 1);
    assert.equal(percentile(bucketsOf({ 1: 98, 5_000: 2 }), 0.99), 3_500);
  });

  it('is the last bound where it lies above, and nothing where there is nothing', () => {
    assert.equal(percentile(bucketsOf({ [Infinity]: 1 }), 0.5), 60_000);
    assert.equal(percentile(bucketsOf({}), 0.5), null);
  });
});
