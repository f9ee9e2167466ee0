import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeeperThan } from './json-depth.ts';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('isDeeperThan', () => {
  it('counts arrays and objects', () => {
    assert.equal(isDeeperThan(0, 1), false);
    assert.equal(isDeeperThan(0, {}), true);
    assert.equal(isDeeperThan(2, { a: [1, 'x', null] }), false);
    assert.equal(isDeeperThan(1, { a: [1, 'x', null] }), true);
    assert.equal(isDeeperThan(2, [1, { a: 1 }, { b: { c: 1 } }]), true);
  });

  it('is exact at the limit', () => {
    assert.equal(isDeeperThan(1_000, nested(1_000)), false);
    assert.equal(isDeeperThan(1_000, nested(1_001)), true);
  });

  it('takes what would overflow the stack of a recursion', () => {
    assert.equal(isDeeperThan(1_000, nested(100_000)), true);
    assert.equal(isDeeperThan(100_000, nested(100_000)), false);
  });

  it('sees below a key named __proto__', () => {
    assert.equal(isDeeperThan(2, JSON.parse('{"__proto__":{"a":[]}}')), true);
  });
});
