import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptRecord } from '../domain/attempt.ts';
import type { Finished, Parked } from '../domain/delivery.ts';
import { Unsettled } from './unsettled.ts';

function attempt(position: number, outcome: AttemptRecord['outcome'] = 'succeeded'): AttemptRecord {
  return {
    ...{ positions: [position], endpoint: '/a', number: 1, atMs: 60_000, durationMs: 3, outcome },
    ...{ status: 200, errorCode: null, exchange: null },
  };
}

const delivered = (position: number): Finished => ({ position, state: 'delivered', reason: null });
const parked = (position: number): Parked => {
  return { position, attempts: 1, user: 'u', batch: null, dueAtMs: 1_000, suspicion: 0 };
};
const gone = { destination: 'd', url: '/a', reason: 'http_410', sinceMs: 5 };
const NOTHING = { finished: [], parked: [], attempts: [], counts: [], expired: 0, paused: [] };

describe('what is not settled yet', () => {
  it('is taken whole, in the order in which it came, with the floor of that moment', () => {
    const unsettled = new Unsettled();
    for (const position of [3, 1]) {
      unsettled.attempted(attempt(position));
      unsettled.finish(delivered(position));
    }
    unsettled.attempted(attempt(2, 'failed'));
    unsettled.park(parked(2));
    unsettled.pause(gone);
    const { counts, ...taken } = unsettled.take(3);
    assert.deepEqual(taken, {
      ...{ floor: 3, finished: [delivered(3), delivered(1)], parked: [parked(2)], expired: 0, paused: [gone] },
      attempts: [attempt(3), attempt(1), attempt(2, 'failed')],
    });
    assert.deepEqual(
      counts.map(({ minute, endpoint, outcome, latencyBuckets }) => {
        return [minute, endpoint, outcome, latencyBuckets.reduce((sum, count) => sum + count, 0)];
      }),
      [
        [1, '/a', 'succeeded', 2],
        [1, '/a', 'failed', 1],
      ],
    );
  });

  it('is nothing once it is taken, and what was taken does not change by what comes later', () => {
    const unsettled = new Unsettled();
    unsettled.attempted(attempt(1));
    unsettled.finish(delivered(1));
    const taken = unsettled.take(1);
    assert.equal(unsettled.size, 0);
    assert.deepEqual(unsettled.take(1), { floor: 1, ...NOTHING });
    unsettled.finish(delivered(2));
    assert.deepEqual(taken.finished, [delivered(1)]);
  });

  it('counts as large as it has attempts and outcomes, which is what grows', () => {
    const unsettled = new Unsettled();
    assert.equal(unsettled.size, 0);
    unsettled.attempted(attempt(1, 'failed'));
    unsettled.park(parked(1));
    unsettled.finish(delivered(2));
    assert.equal(unsettled.size, 3);
  });

  it('has what was given up only once the floor is past all of it, and then once', () => {
    const unsettled = new Unsettled();
    unsettled.expire(3, 10);
    unsettled.expire(2, 20);
    assert.deepEqual([unsettled.take(9).expired, unsettled.take(19).expired], [0, 0]);
    assert.deepEqual([unsettled.take(20).expired, unsettled.take(30).expired], [5, 0]);
  });
});
