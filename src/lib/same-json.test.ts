import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sameJson } from './same-json.ts';

describe('the same JSON', () => {
  it('is told whatever the order of its keys', () => {
    assert.ok(sameJson({ a: 1, b: { c: [1], d: null } }, { b: { d: null, c: [1] }, a: 1 }));
    assert.ok(sameJson({ a: undefined }, {}));
    assert.ok(!sameJson({ a: null }, {}));
    assert.ok(!sameJson([1, 2], [2, 1]));
  });

  it('is what comes back when it is written and read', () => {
    fc.assert(
      fc.property(fc.json(), (text) => sameJson(JSON.parse(text), JSON.parse(JSON.stringify(JSON.parse(text))))),
    );
  });
});
