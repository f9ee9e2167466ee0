import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventIdOf, positionOf } from './event.ts';

const epochs = fc.integer({ min: 0, max: 2 ** 40 - 1 });
const positions = fc.maxSafeNat();

describe('an event id', () => {
  it('leads back to the position it was made from', () => {
    fc.assert(
      fc.property(epochs, positions, (epoch, position) => {
        assert.equal(positionOf(epoch, eventIdOf(epoch, position)), position);
      }),
    );
  });

  it('begins with evt_ and has nothing but lower-case letters and digits after it', () => {
    assert.equal(eventIdOf(35, 1), 'evt_z00000000001');
    assert.equal(eventIdOf(36, Number.MAX_SAFE_INTEGER), 'evt_102gosa7pa2gv');
    fc.assert(
      fc.property(epochs, positions, (epoch, position) => {
        assert.match(eventIdOf(epoch, position), /^evt_[0-9a-z]{12,}$/);
      }),
    );
  });

  it('sorts like its position within one log', () => {
    fc.assert(
      fc.property(epochs, positions, positions, (epoch, one, other) => {
        assert.equal(eventIdOf(epoch, one) < eventIdOf(epoch, other), one < other);
      }),
    );
  });

  it('is not known to a log of another epoch', () => {
    fc.assert(
      fc.property(epochs, epochs, positions, (one, other, position) => {
        fc.pre(one !== other);
        assert.equal(positionOf(other, eventIdOf(one, position)), null);
      }),
    );
  });

  it('is not any other text', () => {
    const id = eventIdOf(7, 12);
    const others = ['', 'evt_', id.slice(0, -1), `${id}0`, id.toUpperCase(), id.replace('evt', 'dlv'), ` ${id}`];
    for (const other of [...others, 'evt_7 0000000012', 'evt_7-0000000012', 'evt_7zzzzzzzzzzz']) {
      assert.equal(positionOf(7, other), null, JSON.stringify(other));
    }
    fc.assert(
      fc.property(epochs, fc.string(), (epoch, text) => {
        const position = positionOf(epoch, text);
        assert.ok(position === null || eventIdOf(epoch, position) === text);
      }),
    );
  });
});
