import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecentCounts } from './recent-counts.ts';

describe('recent counts', () => {
  it('add up in each of the last spans, and forget those before', () => {
    const counts = new RecentCounts(3);
    for (const span of [0, 0, 1, 2, 2, 2, 3]) counts.add(span, 1);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((span) => counts.in(span)),
      [0, 1, 3, 1, 0],
    );
  });

  it('have nothing of spans that were passed over', () => {
    const counts = new RecentCounts(3);
    counts.add(0, 5);
    counts.add(7, 2);
    assert.deepEqual(
      [5, 6, 7].map((span) => counts.in(span)),
      [0, 0, 2],
    );
  });

  it('begin a span anew that is counted in after a later one took its place', () => {
    const counts = new RecentCounts(3);
    counts.add(4, 5);
    counts.add(1, 2);
    assert.deepEqual(
      [1, 4].map((span) => counts.in(span)),
      [2, 0],
    );
  });
});
