import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import { keptOf, messageOf, SuccessSample } from './kept-exchange.ts';

const AT_MS = 1_767_225_600_000;
const EXCHANGE: Exchange = {
  ...{
    status: 404,
    error: null,
    durationMs: 12.3456,
    requestHeaders: [],
    responseHeaders: {},
    excerpt: 'none',
    isCut: false,
  },
  timing: { ...NOTHING_TIMED, waitMs: 12.3456, readMs: 0.04 },
};

describe('what is kept of an exchange', () => {
  it('has the excerpt, and the time of each phase to a tenth of a millisecond', () => {
    assert.deepEqual(JSON.parse(keptOf(EXCHANGE)), {
      message: null,
      requestHeaders: {},
      responseHeaders: {},
      excerpt: 'none',
      isCut: false,
      timing: { dnsMs: null, connectMs: null, tlsMs: null, waitMs: 12.3, readMs: 0 },
    });
  });
  it('has the headers that were sent, by name', () => {
    const kept = keptOf({ ...EXCHANGE, requestHeaders: ['webhook-id', 'evt_1', 'X-A', 'b'] });
    const { requestHeaders } = JSON.parse(kept) as { requestHeaders: unknown };
    assert.deepEqual(requestHeaders, { 'webhook-id': 'evt_1', 'X-A': 'b' });
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

describe('the successes that are kept', () => {
  it('are one a minute', () => {
    const sample = new SuccessSample({ history: 'sampled' });
    const taken = [0, 1, 59_999, 60_000, 60_001, 300_000].filter((afterMs) => sample.takes(AT_MS + afterMs));
    assert.deepEqual(taken, [0, 60_000, 300_000]);
  });
  it('are also those that somebody watches', () => {
    let watched = 2;
    const sample = new SuccessSample({ history: 'sampled' }, () => watched-- > 0);
    const taken = [0, 1, 2, 3, 60_000].filter((afterMs) => sample.takes(AT_MS + afterMs));
    assert.deepEqual(taken, [0, 1, 2, 60_000]);
  });
  it('are all of them where that is wanted', () => {
    const sample = new SuccessSample({ history: 'all' });
    assert.ok([5, 0, 1, 0].every((afterMs) => sample.takes(AT_MS + afterMs)));
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
