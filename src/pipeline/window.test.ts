import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Taken, Window } from './window.ts';

function take(window: Window, position: number, chars: number): Taken {
  const taken = { position, chars, isSettled: false };
  window.take(taken);
  return taken;
}

describe('a window', () => {
  it('has its floor at what was reached while nothing is taken', () => {
    assert.equal(new Window(4, 100).floor(17), 17);
  });

  it('holds the floor below the oldest event that is not settled', () => {
    const window = new Window(4, 100);
    const [first, second] = [take(window, 5, 1), take(window, 9, 1)];
    window.settle(second);
    assert.equal(window.floor(20), 4);
    window.settle(first);
    assert.equal(window.floor(20), 20);
  });

  it('is full at its number of events past the floor, settled ones included', () => {
    const window = new Window(2, 100);
    const oldest = take(window, 1, 1);
    window.settle(take(window, 2, 1));
    assert.equal(window.hasRoom, false);
    window.settle(oldest);
    assert.equal(window.hasRoom, true);
  });

  it('is full at its characters of events that are not settled', () => {
    const window = new Window(10, 100);
    take(window, 1, 10);
    const large = take(window, 2, 90);
    assert.equal(window.hasRoom, false);
    window.settle(large);
    assert.equal(window.hasRoom, true);
  });

  it('refuses events out of the order of the log', () => {
    const window = new Window(4, 100);
    take(window, 5, 1);
    assert.throws(() => take(window, 5, 1), /order of the log/);
  });

  it('has the floor just below the least unsettled position, whatever the order of settling', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 3_000 }), (choices) => {
        const window = new Window(Infinity, Infinity);
        const open = new Map(choices.map((_, index) => [index + 1, take(window, index + 1, 1)]));
        for (const choice of choices) {
          const position = [...open.keys()][choice % open.size];
          const taken = position === undefined ? undefined : open.get(position);
          if (position === undefined || taken === undefined) break;
          window.settle(taken);
          open.delete(position);
          const least = open.keys().next();
          assert.equal(window.floor(choices.length), least.done === true ? choices.length : least.value - 1);
        }
      }),
      { numRuns: 20 },
    );
  });
});
