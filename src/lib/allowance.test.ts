import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Allowance } from './allowance.ts';

/** How many of one each are done at this moment. */
function taken(allowance: Allowance, nowMs: number, wanted = 1_000): number {
  let count = 0;
  for (; count < wanted && allowance.isThere(nowMs); count += 1) allowance.spend(1);
  return count;
}

describe('an allowance', () => {
  it('begins full, fills evenly, and never holds more than it did', () => {
    const allowance = new Allowance({ perSecond: 10, most: 50 }, 0);
    assert.deepEqual(
      [0, 1_000, 1_500, 60_000].map((nowMs) => taken(allowance, nowMs)),
      [50, 10, 5, 50],
    );
  });

  it('may be overdrawn once, and is then empty for longer', () => {
    const allowance = new Allowance({ perSecond: 10, most: 10 }, 0);
    allowance.spend(30);
    assert.deepEqual([allowance.leftAt(0), allowance.leftAt(2_500)], [-20, 5]);
    assert.equal(allowance.isThere(2_000), false);
    assert.equal(allowance.isThere(2_100), true);
  });

  it('gives nothing for a clock that goes back', () => {
    const allowance = new Allowance({ perSecond: 10, most: 1 }, 10_000);
    assert.deepEqual([taken(allowance, 10_000), taken(allowance, 0), taken(allowance, 100)], [1, 0, 1]);
  });
});
