import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventIdOf } from '../../domain/event.ts';
import { farAhead } from './restored-log.ts';

const NOW_MS = Date.parse('2026-01-31T03:00:00Z');

describe('farAhead', () => {
  it('is beyond all that a log can have given which takes fewer than 1,024 events a millisecond', () => {
    assert.equal(farAhead(0, NOW_MS), NOW_MS * 1_024 + 1);
    const restoredBefore = farAhead(5_000, NOW_MS);
    const hourMs = 3_600_000;
    assert.ok(farAhead(5_000, NOW_MS + hourMs) > restoredBefore + 1_000 * hourMs);
  });

  it('is ahead also where the clock was set back, or runs backwards', () => {
    const end = farAhead(0, NOW_MS);
    assert.equal(farAhead(end, NOW_MS - 1), end + 2 ** 36 + 1);
    assert.equal(farAhead(7, -5), 7 + 2 ** 36 + 1);
  });

  it('leaves event ids their length and order', () => {
    const ids = [1, 5_000, farAhead(5_000, NOW_MS), farAhead(0, Date.parse('2248-01-01'))].map((position) =>
      eventIdOf(1, position),
    );
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids.map(({ length }) => length)).size, 1);
  });

  it('ends with the safe integers', () => {
    assert.throws(() => farAhead(0, Date.parse('2249-01-01')), /before the year 2248/);
  });
});
