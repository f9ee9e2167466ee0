import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest } from './nearest.ts';

describe('the edit distance', () => {
  it('counts letters inserted, removed, replaced, or swapped with their neighbour', () => {
    assert.equal(editDistance('webhookUrl', 'webhookUrl'), 0);
    assert.equal(editDistance('webhokUrl', 'webhookUrl'), 1);
    assert.equal(editDistance('webhookURl', 'webhookUrl'), 1);
    assert.equal(editDistance('wehbookUrl', 'webhookUrl'), 1);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(editDistance('kitten', 'sitting'), 3);
  });

  it('is the same both ways, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.ok(distance <= Math.max(a.length, b.length) && (distance === 0) === (a === b));
      }),
    );
  });
});

describe('the nearest key', () => {
  const keys = ['webhookUrl', 'webhooks', 'sharedSecret', 'id'];

  it('is the one that was probably meant', () => {
    assert.equal(nearest('webhook', keys), 'webhooks');
    assert.equal(nearest('weburl', keys), null);
    assert.equal(nearest('WEBHOOKURL', keys), 'webhookUrl');
    assert.equal(nearest('secret', keys), null);
    assert.equal(nearest('ID', keys), 'id');
  });

  it('is none when nothing is near', () => {
    assert.equal(nearest('retries', keys), null);
    assert.equal(nearest('x', []), null);
  });
});
