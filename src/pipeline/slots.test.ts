import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { Slots, SLOTS_AT_FIRST } from './slots.ts';

describe('the slots of an endpoint', () => {
  it('are eight at first, and one more for each answer, up to what is allowed', () => {
    const slots = new Slots(64, 5_000, new SimulatedAmbient());
    assert.equal(slots.count, SLOTS_AT_FIRST);
    for (let count = 0; count < 100; count += 1) slots.answered();
    assert.equal(slots.count, 64);
    assert.equal(new Slots(3, 5_000, new SimulatedAmbient()).count, 3);
  });

  it('are halved by timeouts, at most once in the time of one, and are never none', async () => {
    const ambient = new SimulatedAmbient();
    const slots = new Slots(64, 5_000, ambient);
    for (let count = 0; count < 8; count += 1) slots.timedOut();
    assert.equal(slots.count, 4);
    for (const expected of [2, 1, 1]) {
      await ambient.advance(5_000);
      slots.timedOut();
      assert.equal(slots.count, expected);
    }
  });

  it('are one after it was held', () => {
    const slots = new Slots(64, 5_000, new SimulatedAmbient());
    slots.beginAnew();
    assert.equal(slots.count, 1);
  });
});
