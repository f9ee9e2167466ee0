import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import {
  CircuitBreaker,
  OPEN_AFTER_FAILURES,
  OPEN_AFTER_MS,
  PACE_MS,
  PROBE_MS_MAX,
  PROBE_MS_MIN,
  type Sign,
  signOf,
} from './circuit-breaker.ts';

/** A breaker that has just opened. */
async function opened(ambient: SimulatedAmbient): Promise<CircuitBreaker> {
  const breaker = new CircuitBreaker(ambient);
  for (let count = 1; count < OPEN_AFTER_FAILURES; count += 1) breaker.ended('failed', false);
  await ambient.advance(OPEN_AFTER_MS);
  breaker.ended('failed', false);
  return breaker;
}

describe('a circuit breaker', () => {
  it('opens after 10 s and 20 failures without a sign of life, and not before both', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 0; count < 1_000; count += 1) breaker.ended('failed', false);
    await ambient.advance(OPEN_AFTER_MS - 1);
    breaker.ended('failed', false);
    assert.equal(breaker.isOpen, false);
    await ambient.advance(1);
    breaker.ended('failed', false);
    assert.equal(breaker.isOpen, true);
  });

  it('lets an attempt begin each 50 ms once there are 20 failures, until there is a sign of life', () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 1; count < OPEN_AFTER_FAILURES; count += 1) breaker.ended('failed', false);
    breaker.begin();
    assert.equal(breaker.pacesAtMs, 0);
    breaker.ended('failed', false);
    assert.ok(breaker.pacesAtMs <= ambient.elapsedMs(), 'the first of them at once');
    breaker.begin();
    assert.equal(breaker.pacesAtMs, ambient.elapsedMs() + PACE_MS);
    breaker.ended('alive', false);
    assert.equal(breaker.pacesAtMs, 0);
  });

  it('stays closed on 19 failures, however long they take', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 1; count < OPEN_AFTER_FAILURES; count += 1) {
      breaker.ended('failed', false);
      await ambient.advance(60_000);
    }
    assert.equal(breaker.isOpen, false);
  });

  it('counts one that hung for two failures', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 1; count < OPEN_AFTER_FAILURES / 2; count += 1) breaker.ended('hung', false);
    await ambient.advance(OPEN_AFTER_MS);
    assert.equal(breaker.isOpen, false);
    breaker.ended('hung', false);
    assert.equal(breaker.isOpen, true);
  });

  it('begins to count anew with each sign of life', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 0; count < 30; count += 1) breaker.ended('failed', false);
    await ambient.advance(OPEN_AFTER_MS);
    breaker.ended('alive', false);
    for (let count = 0; count < 30; count += 1) breaker.ended('failed', false);
    assert.equal(breaker.isOpen, false);
  });

  it('takes no notice of what says nothing of the endpoint', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = new CircuitBreaker(ambient);
    for (let count = 0; count < 100; count += 1) {
      breaker.ended('none', false);
      await ambient.advance(1_000);
    }
    assert.equal(breaker.isOpen, false);
  });

  it('allows a probe after 5 s, then after twice as long each time, up to a minute', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = await opened(ambient);
    for (const waitMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      const inMs = breaker.opensAtMs - ambient.elapsedMs();
      assert.ok(inMs <= waitMs && inMs >= waitMs * 0.8, `${inMs} ms`);
      await ambient.advance(inMs);
      assert.equal(breaker.begin(), true);
      assert.equal(breaker.opensAtMs, Infinity);
      breaker.ended('failed', true);
    }
  });

  it('probes again as soon when a probe has said nothing of the endpoint', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = await opened(ambient);
    await ambient.advance(PROBE_MS_MIN);
    breaker.begin();
    breaker.ended('none', true);
    assert.ok(breaker.isOpen && breaker.opensAtMs - ambient.elapsedMs() <= PROBE_MS_MIN);
  });

  it('closes when its probe succeeds, and when what was begun before shows that the endpoint lives', async () => {
    const ambient = new SimulatedAmbient();
    const breaker = await opened(ambient);
    await ambient.advance(PROBE_MS_MIN);
    breaker.begin();
    breaker.ended('alive', true);
    assert.equal(breaker.opensAtMs, 0);
    const other = await opened(ambient);
    other.ended('failed', false);
    assert.equal(other.isOpen, true);
    other.ended('alive', false);
    assert.equal(other.isOpen, false);
  });

  it('never has more than one attempt begin while it is open, and always lets one begin within a minute', async () => {
    const step = fc.record({ sign: fc.constantFrom<Sign>('alive', 'failed', 'hung', 'none'), ms: fc.nat(20_000) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const ambient = new SimulatedAmbient();
        const breaker = await opened(ambient);
        for (const { sign, ms } of steps) {
          const opensAtMs = breaker.opensAtMs;
          assert.ok(opensAtMs <= ambient.elapsedMs() + PROBE_MS_MAX);
          await ambient.advance(ms);
          if (opensAtMs > ambient.elapsedMs()) {
            breaker.ended(sign, false);
            continue;
          }
          const isProbe = breaker.begin();
          assert.equal(breaker.opensAtMs, isProbe ? Infinity : 0);
          breaker.ended(sign, isProbe);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('what an exchange says of its endpoint', () => {
  const error = (code: NonNullable<Parameters<typeof signOf>[0]['error']>['code']): Sign =>
    signOf({ status: null, error: { code, message: '' } });

  it('is a failure where it is down, or asks for less', () => {
    assert.deepEqual(
      [500, 502, 503, 429].map((status) => signOf({ status, error: null })),
      ['failed', 'failed', 'failed', 'failed'],
    );
    assert.deepEqual([error('connection_refused'), error('dns_failed')], ['failed', 'failed']);
  });

  it('is that it hung where no answer came in time', () => {
    assert.equal(error('timeout'), 'hung');
  });

  it('is a sign of life where it answers, if only to refuse', () => {
    for (const status of [200, 204, 302, 400, 401, 404, 410, 413]) {
      assert.equal(signOf({ status, error: null }), 'alive', String(status));
    }
  });

  it('is nothing where it was not asked', () => {
    assert.deepEqual([error('address_forbidden'), error('tls_untrusted'), error('internal')], ['none', 'none', 'none']);
  });
});
