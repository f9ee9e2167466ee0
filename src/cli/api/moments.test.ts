import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { momentOf, spanMsOf } from './moments.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

const pastOf = (text: string) => momentOf(text, NOW_MS, -1);
const futureOf = (text: string) => momentOf(text, NOW_MS, 1);

describe('a time on the command line', () => {
  it('is a span before now, or after it', () => {
    assert.equal(pastOf('30m'), '2026-01-31T11:30:00.000Z');
    assert.equal(pastOf('7d'), '2026-01-24T12:00:00.000Z');
    assert.equal(futureOf('2w'), '2026-02-14T12:00:00.000Z');
    assert.equal(spanMsOf('90s'), 90_000);
  });

  it('is itself in ISO 8601', () => {
    assert.equal(pastOf('2026-01-31'), '2026-01-31T00:00:00.000Z');
    assert.equal(futureOf('2026-01-31T12:00:00+02:00'), '2026-01-31T10:00:00.000Z');
  });

  it('is nothing else', () => {
    for (const text of ['', '5', '5 m', '-5m', '1.5h', 'yesterday', '5y', '2026-13-01', '9999999d']) {
      assert.throws(() => pastOf(text), /It must be a span such as 30m, 24h or 7d/, text);
    }
  });
});
