import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { type AttemptErrorCode, type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import { OPEN_AFTER_FAILURES, OPEN_AFTER_MS, PROBE_MS_MIN } from './circuit-breaker.ts';
import { Hold } from './hold.ts';

interface Opened {
  readonly hold: Hold;
  readonly ambient: SimulatedAmbient;
}

function open(hasBreaker = true): Opened {
  const ambient = new SimulatedAmbient();
  return { hold: new Hold(hasBreaker, ambient), ambient };
}

function answered(answer: number | AttemptErrorCode, retryAfter?: string): Exchange {
  const rest = { durationMs: 1, requestHeaders: [], excerpt: '', isCut: false, timing: NOTHING_TIMED };
  const responseHeaders = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  if (typeof answer === 'number') return { ...rest, responseHeaders, status: answer, error: null };
  return { ...rest, responseHeaders, status: null, error: { code: answer, message: '' } };
}

/** One attempt, which may begin. */
function make(hold: Hold, answer: Exchange): void {
  assert.equal(hold.isShut, false);
  hold.ended(answer, hold.begin() === 'probe');
}

/** Has the breaker open. */
async function fail({ hold, ambient }: Opened): Promise<void> {
  for (let count = 1; count < OPEN_AFTER_FAILURES; count += 1) make(hold, answered(500));
  await ambient.advance(OPEN_AFTER_MS);
  make(hold, answered('connection_refused'));
  assert.equal(hold.isShut, true);
}

const reasonOf = ({ standing: { state, reason } }: Hold): readonly (string | null)[] => [state, reason];

describe('the hold of a listener', () => {
  it('stands while nobody listens, whatever time passes, and ends when somebody does', async () => {
    const { hold, ambient } = open();
    hold.setAway(true);
    const { sinceMs } = hold.standing;
    await ambient.advance(3_600_000);
    hold.setAway(true);
    assert.deepEqual([hold.isShut, hold.opensAtMs, ...reasonOf(hold)], [true, Infinity, 'held', 'listener_away']);
    assert.equal(hold.standing.sinceMs, sinceMs);
    hold.setAway(false);
    assert.deepEqual([hold.isShut, ...reasonOf(hold)], [false, 'open', null]);
    assert.equal(hold.begin(), 'usual');
  });

  it('is told apart from a pause, which an operator ends', () => {
    const { hold } = open();
    hold.pause('operator');
    hold.setAway(true);
    assert.deepEqual(reasonOf(hold), ['paused', 'operator']);
    hold.setAway(false);
    assert.equal(hold.isShut, true);
    hold.setAway(true);
    hold.resume();
    assert.deepEqual(reasonOf(hold), ['held', 'listener_away']);
  });
});

describe('the hold of an endpoint', () => {
  it('is none at first, nor while the endpoint answers', () => {
    const { hold } = open();
    make(hold, answered(200));
    make(hold, answered(404));
    assert.deepEqual([hold.opensAtMs, hold.isShut, hold.isProbing], [0, false, false]);
    assert.deepEqual(hold.standing, { state: 'open', reason: null, sinceMs: null });
    assert.equal(hold.begin(), 'usual');
  });

  it('by the breaker lets one attempt begin when its time has come, as the probe', async () => {
    const opened = open();
    const { hold, ambient } = opened;
    await fail(opened);
    assert.deepEqual([reasonOf(hold), hold.isProbing], [['held', 'circuit_breaker'], true]);
    await ambient.advance(PROBE_MS_MIN);
    assert.deepEqual([hold.isShut, hold.begin()], [false, 'probe']);
    assert.deepEqual([hold.isShut, hold.opensAtMs], [true, Infinity]);
    hold.ended(answered(200), true);
    assert.deepEqual([hold.isShut, hold.isProbing, hold.standing.state], [false, false, 'open']);
    assert.equal(hold.begin(), 'usual');
  });

  it('is not by the breaker where there is none', async () => {
    const { hold, ambient } = open(false);
    for (let count = 0; count < 10 * OPEN_AFTER_FAILURES; count += 1) {
      make(hold, answered('timeout'));
      await ambient.advance(1_000);
    }
    assert.deepEqual([hold.isShut, hold.isProbing, hold.standing.state], [false, false, 'open']);
  });

  it('lasts since the first of what keeps the endpoint shut', async () => {
    const { hold, ambient } = open();
    const sinceMs = ambient.nowMs();
    hold.ended(answered(503, '60'), false);
    await ambient.advance(1_000);
    hold.ended(answered(429, '60'), false);
    assert.equal(hold.standing.sinceMs, sinceMs);
  });
});

describe('the hold that an endpoint asks for with Retry-After', () => {
  it('lasts for that long with and without a breaker, and the first attempt after it is told apart', async () => {
    for (const hasBreaker of [true, false]) {
      const { hold, ambient } = open(hasBreaker);
      make(hold, answered(429, '7'));
      assert.deepEqual([hold.isShut, reasonOf(hold)], [true, ['held', 'retry_after']]);
      await ambient.advance(6_999);
      assert.equal(hold.isShut, true);
      await ambient.advance(1);
      assert.deepEqual([hold.isShut, hold.standing.state], [false, 'open']);
      assert.deepEqual([hold.begin(), hold.begin()], ['first', 'usual']);
    }
  });

  it('is of a 429 and a 503 alone', () => {
    for (const [status, isShut] of [
      [429, true],
      [503, true],
      [500, false],
      [200, false],
    ] as const) {
      const { hold } = open();
      make(hold, answered(status, '7'));
      assert.equal(hold.isShut, isShut, String(status));
    }
  });

  it('ends at the latest moment of answers that were begun together, which are one failure together', async () => {
    const { hold, ambient } = open();
    for (let count = 0; count < 3 * OPEN_AFTER_FAILURES; count += 1) hold.ended(answered(429, '30'), false);
    hold.ended(answered(429, '5'), false);
    assert.deepEqual(reasonOf(hold), ['held', 'retry_after']);
    await ambient.advance(29_999);
    assert.equal(hold.isShut, true);
    await ambient.advance(1);
    // Long enough for the breaker too; but one failure is too few.
    make(hold, answered(500));
    assert.deepEqual([hold.isShut, hold.isProbing], [false, false]);
  });

  it('is no shorter for the breaker, and the breaker no shorter for it', async () => {
    const opened = open();
    const { hold, ambient } = opened;
    await fail(opened);
    await ambient.advance(PROBE_MS_MIN);
    hold.ended(answered(503, '120'), hold.begin() === 'probe');
    assert.equal(hold.opensAtMs, ambient.elapsedMs() + 120_000);
    await ambient.advance(120_000);
    hold.ended(answered(503, '1'), hold.begin() === 'probe');
    assert.deepEqual(reasonOf(hold), ['held', 'circuit_breaker']);
    assert.ok(hold.opensAtMs >= ambient.elapsedMs() + 4 * PROBE_MS_MIN * 0.8);
  });
});

describe('the hold of an endpoint that is paused', () => {
  it('lasts until it is resumed, whatever time passes and whatever still comes of it', async () => {
    const { hold, ambient } = open();
    hold.pause('by hand', 42);
    await ambient.advance(7 * 24 * 60 * 60 * 1000);
    hold.ended(answered(200), false);
    assert.deepEqual([hold.isShut, hold.opensAtMs], [true, Infinity]);
    assert.deepEqual(hold.standing, { state: 'paused', reason: 'by hand', sinceMs: 42 });
    hold.resume();
    assert.deepEqual([hold.isShut, hold.standing], [false, { state: 'open', reason: null, sinceMs: null }]);
    assert.equal(hold.begin(), 'first');
  });

  it('begins with an answer of 410', () => {
    const { hold, ambient } = open();
    make(hold, answered(410));
    assert.deepEqual(hold.standing, { state: 'paused', reason: 'http_410', sinceMs: ambient.nowMs() });
  });

  it('keeps its first reason and its beginning', async () => {
    const { hold, ambient } = open();
    const sinceMs = ambient.nowMs();
    hold.pause('first');
    await ambient.advance(1_000);
    hold.pause('second');
    hold.ended(answered(410), false);
    assert.deepEqual(hold.standing, { state: 'paused', reason: 'first', sinceMs });
  });

  it('is over what else holds it, which goes on when it is resumed', async () => {
    const opened = open();
    const { hold, ambient } = opened;
    await fail(opened);
    hold.pause('by hand');
    assert.deepEqual(reasonOf(hold), ['paused', 'by hand']);
    hold.resume();
    assert.deepEqual([hold.isShut, reasonOf(hold)], [true, ['held', 'circuit_breaker']]);
    assert.equal(hold.standing.sinceMs, ambient.nowMs());
  });

  it('is nothing to resume where there is no pause', () => {
    const { hold } = open();
    hold.resume();
    assert.equal(hold.begin(), 'usual');
  });
});
