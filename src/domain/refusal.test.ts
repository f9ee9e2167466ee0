import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalIdOf, refusalNumberOf } from './refusal.ts';

describe('the id of a refused call', () => {
  it('names its number, and sorts like it', () => {
    const numbers = [1, 35, 36, 1e6, 36 ** 7 - 1];
    const ids = numbers.map(refusalIdOf);
    assert.equal(ids[0], 'ref_0000001');
    assert.deepEqual(ids.toSorted(), ids);
    assert.deepEqual(ids.map(refusalNumberOf), numbers);
  });

  it('is no other text', () => {
    for (const text of [
      '',
      'ref_',
      'ref_1',
      '0000001',
      'evt_0000001',
      'ref_000000A',
      'ref_0000001 ',
      `ref_${'z'.repeat(30)}`,
    ]) {
      assert.equal(refusalNumberOf(text), null, text);
    }
  });
});
