import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryIdOf, deliveryKeyOf } from './delivery-id.ts';

describe('the id of a delivery', () => {
  it('is read back as it was made, up to the largest lane and position', () => {
    for (const key of [
      { lane: 1, position: 1 },
      { lane: 36, position: 1_295 },
      { lane: Number.MAX_SAFE_INTEGER, position: Number.MAX_SAFE_INTEGER },
    ]) {
      const id = deliveryIdOf(key);
      assert.match(id, /^dlv_[0-9a-z_]+$/);
      assert.deepEqual(deliveryKeyOf(id), key);
    }
  });

  it('is nothing else', () => {
    const others = ['', 'dlv_', 'dlv_1', 'dlv_1_', 'dlv_0_1', 'dlv_1_0', 'dlv_1_A', 'dlv_01_1', 'evt_1', 'dlv_1_1 '];
    for (const id of [...others, `dlv_1_${'z'.repeat(11)}`]) assert.equal(deliveryKeyOf(id), null, id);
  });
});
