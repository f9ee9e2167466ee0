import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoggedEvent, Position } from '../domain/event.ts';
import { SelectedEvents } from './selected-events.ts';

const WEB = new Set(['web']);
const ALL = { sources: WEB, after: 0, upTo: 1_000, eventsMax: 100, charsMax: 1_000 };

function eventAt(position: Position, more: Partial<LoggedEvent> = {}): LoggedEvent {
  return {
    ...{ position, source: 'web', type: 'track', messageId: `m${position}`, name: 'n', user: null },
    ...{ integrations: null, receivedAtMs: 0, body: '0123456789', ...more },
  };
}

/** Over a log that holds these and no others. */
function open(positions: readonly Position[], held: readonly LoggedEvent[]): SelectedEvents {
  const byPosition = new Map(held.map((event) => [event.position, event]));
  const get = async (asked: readonly Position[]): Promise<ReadonlyMap<Position, LoggedEvent>> =>
    Promise.resolve(new Map([...byPosition].filter(([position]) => asked.includes(position))));
  return new SelectedEvents({ epoch: 1, get }, Float64Array.from(positions));
}

const all = (...positions: Position[]): SelectedEvents =>
  open(
    positions,
    positions.map((position) => eventAt(position)),
  );

async function read(log: SelectedEvents, more: Partial<typeof ALL> = {}): Promise<[readonly Position[], Position]> {
  const { events, upTo } = await log.read({ ...ALL, ...more });
  return [events.map(({ position }) => position), upTo];
}

describe('selected events', () => {
  it('are read in the order of the log, within the range that is asked for', async () => {
    const log = all(3, 5, 8, 200);
    assert.deepEqual(await read(log), [[3, 5, 8, 200], 1_000]);
    assert.deepEqual(await read(log, { after: 3, upTo: 8 }), [[5, 8], 8]);
    assert.deepEqual(await read(log, { after: 3, upTo: 7 }), [[5], 7]);
    assert.deepEqual(await read(log, { after: 200 }), [[], 1_000]);
  });

  it('are read a page at a time, which says how far it came', async () => {
    const log = all(3, 5, 8);
    assert.deepEqual(await read(log, { eventsMax: 2 }), [[3, 5], 5]);
    assert.deepEqual(await read(log, { eventsMax: 2, after: 5 }), [[8], 1_000]);
    assert.deepEqual(await read(log, { charsMax: 20 }), [[3, 5], 7]);
    assert.deepEqual(await read(log, { charsMax: 1 }), [[3], 4], 'at least one');
  });

  it('are without those that are gone, and those of other sources', async () => {
    const log = open([1, 2, 3], [eventAt(1, { source: 'app' }), eventAt(3)]);
    assert.deepEqual(await read(log), [[3], 1_000]);
    assert.deepEqual(await read(open([1, 2], [])), [[], 1_000]);
  });

  it('are all read by going on after each page, however many there are', async () => {
    const positions = Array.from({ length: 700 }, (_, index) => index * 3 + 1);
    const log = all(...positions);
    const found: Position[] = [];
    for (let after = 0; after < 3_000;) {
      const [page, upTo] = await read(log, { after, upTo: 3_000, eventsMax: 1_000, charsMax: 1_000_000 });
      assert.ok(upTo > after);
      found.push(...page);
      after = upTo;
    }
    assert.deepEqual(found, positions);
  });

  it('are counted within a range', async () => {
    const log = all(3, 5, 8);
    const count = async (after: Position, upTo: Position): Promise<number> => log.count({ sources: WEB, after, upTo });
    assert.deepEqual([await count(0, 9), await count(3, 8), await count(8, 9), await count(9, 3)], [3, 2, 0, 0]);
  });
});
