import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ErasedEvents } from './erased-events.ts';
import type { LoggedEvent } from './event.ts';

const event = (position: number, body = '{}'): LoggedEvent => ({
  ...{ position, body, source: 'web', type: 'track', messageId: 'm', name: 'e', user: 'u' },
  ...{ receivedAtMs: 0, integrations: null },
});

describe('erased events', () => {
  it('are those that were read before, and those that come empty from the log', () => {
    const erased = new ErasedEvents();
    erased.add([3, 5]);
    assert.deepEqual(
      [3, 4, 5].map((position) => erased.has(event(position))),
      [true, false, true],
    );
    assert.equal(erased.has(event(4, '')), true);
    assert.equal(erased.hasAny([1, 5]), true);
    assert.equal(erased.hasAny([1, 2]), false);
  });

  it('are remembered up to a number, the newest of them', () => {
    const erased = new ErasedEvents(2);
    erased.add([1, 2]);
    erased.add([1]);
    erased.add([3]);
    assert.deepEqual(
      [1, 2, 3].map((position) => erased.hasAny([position])),
      [true, false, true],
    );
  });
});
