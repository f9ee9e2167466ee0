import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '../lib/assert.ts';
import { BACKOFF_PRESETS, backoffAfter, longestRetryingMs } from './backoff.ts';
import { DEFAULT_DELIVERY_POLICY } from './destination.ts';

const policy = { retries: 4, backoffMs: [100, 200, 5_000] };

describe('backoff', () => {
  it('is the wait at the place of the attempt, and the last one repeats', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => backoffAfter(attempt, policy, 0)),
      [100, 200, 5_000, 5_000],
    );
  });

  it('is null once the retries are spent', () => {
    assert.equal(backoffAfter(5, policy, 0), null);
    assert.equal(backoffAfter(1, { ...policy, retries: 0 }, 0), null);
  });

  it('is one retry a second later by default, as the reference has it', () => {
    assert.equal(backoffAfter(1, DEFAULT_DELIVERY_POLICY, 0), 1_000);
    assert.equal(backoffAfter(2, DEFAULT_DELIVERY_POLICY, 0), null);
  });

  it('is shortened by a fifth at most and never lengthened, whatever chance says', () => {
    const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(86_400_000), chances, (waitMs, chance) => {
        const backoffMs = backoffAfter(1, { retries: 1, backoffMs: [waitMs] }, chance);
        assert.ok(backoffMs !== null && Number.isInteger(backoffMs));
        assert.ok(backoffMs <= waitMs && backoffMs >= Math.floor(waitMs * 0.8));
      }),
    );
  });

  it('differs for deliveries that failed together', () => {
    assert.equal(backoffAfter(3, policy, 0.5), 4_500);
    assert.equal(backoffAfter(3, policy, 0.25), 4_750);
  });

  it('takes its waits from a preset by name: `durable` retries 20 times over about a day', () => {
    const durable = { retries: 20, backoffMs: 'durable' } as const;
    assert.equal(backoffAfter(1, durable, 0), 5_000);
    assert.equal(backoffAfter(20, durable, 0), 3 * 3_600_000);
    assert.equal(backoffAfter(21, durable, 0), null);
    assert.equal(BACKOFF_PRESETS.durable.length, 20);
    assert.equal(longestRetryingMs(durable), (24 * 60 + 8) * 60_000 + 50_000);
    const growing = BACKOFF_PRESETS.durable.every((waitMs, index, all) => waitMs >= (all[index - 1] ?? 0));
    assert.ok(growing);
  });

  it('lasts as long as all its waits together, the last one repeated', () => {
    assert.equal(longestRetryingMs(policy), 10_300);
    assert.equal(longestRetryingMs({ retries: 2, backoffMs: [100, 200, 5_000] }), 300);
    assert.equal(longestRetryingMs({ retries: 0, backoffMs: [100] }), 0);
  });

  it('knows no attempt before the first, and no policy without a wait', () => {
    assert.throws(() => backoffAfter(0, policy, 0), AssertionError);
    assert.throws(() => backoffAfter(1, { retries: 1, backoffMs: [] }, 0), AssertionError);
  });
});
