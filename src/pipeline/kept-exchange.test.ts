import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import { keptOf, messageOf } from './kept-exchange.ts';

const EXCHANGE: Exchange = {
  ...{ status: 404, error: null, durationMs: 12.3456, responseHeaders: {}, excerpt: 'none', isCut: false },
  timing: { ...NOTHING_TIMED, waitMs: 12.3456, readMs: 0.04 },
};

describe('what is kept of an exchange', () => {
  it('has the excerpt, and the time of each phase to a tenth of a millisecond', () => {
    assert.deepEqual(JSON.parse(keptOf(EXCHANGE)), {
      message: null,
      responseHeaders: {},
      excerpt: 'none',
      isCut: false,
      timing: { dnsMs: null, connectMs: null, tlsMs: null, waitMs: 12.3, readMs: 0 },
    });
  });
  it('has no cookies, and of many headers the first', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x-${n}`, 'v'.repeat(100)]));
    const kept = keptOf({ ...EXCHANGE, responseHeaders: { 'set-cookie': 'session=s3cret', server: 'a', ...many } });
    const { responseHeaders } = JSON.parse(kept) as { responseHeaders: Record<string, string> };
    assert.equal(responseHeaders['server'], 'a');
    assert.doesNotMatch(kept, /s3cret/);
    assert.ok(kept.length < 5_000);
  });
});

describe('the sentence about an attempt', () => {
  it('is that of its error, or says what its status means', () => {
    const error = { code: 'timeout', message: 'it took too long' } as const;
    assert.equal(messageOf({ ...EXCHANGE, status: null, error }), 'it took too long');
    assert.match(messageOf(EXCHANGE) ?? '', /^the endpoint answered 404: nothing is at this path/);
  });
  it('is none about a success', () => {
    assert.equal(messageOf({ ...EXCHANGE, status: 204 }), null);
  });
});
