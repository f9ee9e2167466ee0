import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rememberInMemory } from './seen-ids.ts';

describe('what is remembered in memory', () => {
  it('is new, then done once it is remembered, and new again when it was released', async () => {
    const seen = rememberInMemory();
    assert.equal(await seen.claim('a'), 'new');
    await seen.release('a');
    assert.equal(await seen.claim('a'), 'new');
    await seen.remember('a');
    assert.deepEqual([await seen.claim('a'), await seen.claim('b')], ['done', 'new']);
  });

  it('has a second claim wait for what becomes of the first', async () => {
    const seen = rememberInMemory();
    await seen.claim('a');
    const others = [seen.claim('a'), seen.claim('a')];
    await seen.release('a');
    const [next] = others;
    assert.equal(await next, 'new');
    await seen.remember('a');
    assert.equal(await others[1], 'done');
  });

  it('forgets the oldest beyond its bound, and never a claim', async () => {
    const seen = rememberInMemory({ idsMax: 2 });
    await seen.claim('held');
    for (const id of ['a', 'b', 'c']) {
      await seen.claim(id);
      await seen.remember(id);
    }
    assert.deepEqual([await seen.claim('b'), await seen.claim('c'), await seen.claim('a')], ['done', 'done', 'new']);
    await seen.remember('held');
    assert.equal(await seen.claim('held'), 'done');
  });
});
