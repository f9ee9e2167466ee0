import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shared } from './shared.ts';

describe('shared work', () => {
  it('is under way once, however many ask, and begins anew for who asks later', async () => {
    const ends: ((answer: number) => void)[] = [];
    const ask = shared(async () => new Promise<number>((resolve) => ends.push(resolve)));
    const both = [ask(), ask()];
    assert.equal(ends.length, 1);
    ends[0]?.(7);
    assert.deepEqual(await Promise.all(both), [7, 7]);
    const later = ask();
    ends[1]?.(8);
    assert.equal(await later, 8);
  });

  it('fails for all who share it, and for nobody later', async () => {
    let times = 0;
    const ask = shared(async () => {
      times += 1;
      return times === 1 ? Promise.reject(new Error('once')) : Promise.resolve(times);
    });
    const results = await Promise.allSettled([ask(), ask()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(await ask(), 2);
  });
});
