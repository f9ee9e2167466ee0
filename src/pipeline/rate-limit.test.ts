import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { RateLimit } from './rate-limit.ts';

/** Takes all that there is, and answers how many. */
function drain(limit: RateLimit): number {
  let taken = 0;
  for (; limit.opensAtMs === 0; taken += 1) limit.take();
  return taken;
}

describe('a rate limit', () => {
  it('lets one second of attempts begin at once, and then as many in a second', async () => {
    const ambient = new SimulatedAmbient();
    const limit = new RateLimit(10, ambient);
    assert.equal(drain(limit), 10);
    await ambient.advance(500);
    assert.equal(drain(limit), 5);
    await ambient.advance(3_600_000);
    assert.equal(drain(limit), 10);
  });

  it('lets one begin every ten seconds at 0.1', async () => {
    const ambient = new SimulatedAmbient();
    const limit = new RateLimit(0.1, ambient);
    assert.equal(drain(limit), 1);
    assert.equal(limit.opensAtMs, 10_000);
    await ambient.advance(9_999);
    assert.equal(drain(limit), 0);
    await ambient.advance(1);
    assert.equal(drain(limit), 1);
  });

  it('never lets more begin than its rate and one burst, and nothing wait longer than it says', async () => {
    const rates = fc.double({ min: 0.1, max: 10_000, noNaN: true });
    await fc.assert(
      fc.asyncProperty(rates, fc.array(fc.nat(3_000), { maxLength: 40 }), async (perSecond, waits) => {
        const ambient = new SimulatedAmbient();
        const limit = new RateLimit(perSecond, ambient);
        let begun = drain(limit);
        for (const ms of waits) {
          await ambient.advance(ms);
          begun += drain(limit);
          assert.ok(begun <= Math.max(1, perSecond) + (ambient.elapsedMs() / 1_000) * perSecond + 1e-6);
          const saidMs = limit.opensAtMs;
          await ambient.advance(saidMs - ambient.elapsedMs() + 1);
          const afterWait = drain(limit);
          assert.ok(afterWait >= 1);
          begun += afterWait;
        }
      }),
      { numRuns: 50 },
    );
  });
});
