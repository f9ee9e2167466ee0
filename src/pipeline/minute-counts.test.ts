import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LATENCY_BUCKETS_MS } from '../ports/delivery-store.ts';
import { MinuteCounts } from './minute-counts.ts';

describe('minute counts', () => {
  it('count by minute, endpoint and outcome', () => {
    const counts = new MinuteCounts();
    counts.add(60_000, '/a', 'succeeded', 3);
    counts.add(119_999, '/a', 'succeeded', 4);
    counts.add(120_000, '/a', 'succeeded', 3);
    counts.add(60_000, '/a', 'failed', 3);
    counts.add(60_000, '/b', 'succeeded', 3);
    const taken = counts.take().map(({ minute, endpoint, outcome, latencyBuckets }) => {
      return [minute, endpoint, outcome, latencyBuckets.reduce((sum, count) => sum + count, 0)];
    });
    assert.deepEqual(taken, [
      [1, '/a', 'succeeded', 2],
      [2, '/a', 'succeeded', 1],
      [1, '/a', 'failed', 1],
      [1, '/b', 'succeeded', 1],
    ]);
  });

  it('put a duration into the first bucket that holds it, and above all of them into the last', () => {
    const counts = new MinuteCounts();
    for (const durationMs of [0, 1, 1.5, 60_000, 60_001]) counts.add(0, '/a', 'failed', durationMs);
    const latencyBuckets = counts.take()[0]?.latencyBuckets ?? [];
    const last = LATENCY_BUCKETS_MS.length;
    assert.deepEqual(
      [latencyBuckets[0], latencyBuckets[1], latencyBuckets[last - 1], latencyBuckets[last]],
      [2, 1, 1, 1],
    );
  });

  it('start again once they are taken', () => {
    const counts = new MinuteCounts();
    counts.add(0, '/a', 'failed', 1);
    assert.equal(counts.take().length, 1);
    assert.deepEqual(counts.take(), []);
  });
});
