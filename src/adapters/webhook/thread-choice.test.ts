import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AT_HOME_MAX, chooseThread } from './thread-choice.ts';

function threads(...inFlight: readonly number[]): readonly { readonly inFlight: number }[] {
  return inFlight.map((each) => ({ inFlight: each }));
}

describe('the thread of a request', () => {
  it('is the home of its endpoint while few of its requests are there, however busy that is', () => {
    assert.equal(chooseThread(1, 0, threads(0, 0, 0)), 1);
    assert.equal(chooseThread(1, AT_HOME_MAX - 1, threads(0, 4_000, 0)), 1);
  });

  it('is the one with the fewest in flight beyond that', () => {
    assert.equal(chooseThread(1, AT_HOME_MAX, threads(9, 8, 3)), 2);
    assert.equal(chooseThread(1, AT_HOME_MAX, threads(3, 8, 3)), 0);
  });

  it('is the home too where no other has fewer', () => {
    assert.equal(chooseThread(2, AT_HOME_MAX, threads(8, 8, 8)), 2);
    assert.equal(chooseThread(0, 100, threads(100)), 0);
  });

  it('spreads the requests of a single endpoint evenly', () => {
    const inFlight = [0, 0, 0];
    for (let request = 0; request < 66; request += 1) {
      const chosen = chooseThread(0, inFlight[0] ?? 0, threads(...inFlight));
      inFlight[chosen] = (inFlight[chosen] ?? 0) + 1;
    }
    assert.deepEqual(inFlight, [22, 22, 22]);
  });
});
