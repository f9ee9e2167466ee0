import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { EVENT_TYPES, type Position } from '../../src/domain/event.ts';
import type { EventIndex, IndexEntry, IndexQuery } from '../../src/ports/event-index.ts';

export interface EventIndexBackend {
  readonly name: string;
  place(): Promise<EventIndexPlace>;
}

/** Where one index is. */
export interface EventIndexPlace {
  /** @param end how far the log is durable */
  open(end: Position): Promise<EventIndex>;
  remove(): Promise<void>;
}

/** So many events that the small portions of a test's backend are passed several times. */
const MANY = 100;

export function entry(position: Position, given: Partial<IndexEntry> = {}): IndexEntry {
  return {
    position,
    source: 'website',
    type: 'track',
    messageId: `m${position}`,
    name: 'Order Completed',
    people: ['u1'],
    ...given,
  };
}

/** Runs the promises of the port over one backend. */
export function eventIndexSuite(backend: EventIndexBackend): void {
  describe(`the event index (${backend.name})`, () => {
    let place: EventIndexPlace;
    let index: EventIndex;

    beforeEach(async () => {
      place = await backend.place();
      index = await place.open(MANY);
    });
    afterEach(async () => {
      await index.close();
      await place.remove();
    });

    /** All that is found, however many asks it takes. */
    async function found(query: IndexQuery, { after = 0, before = MANY + 1, max = 7 } = {}): Promise<Position[]> {
      const positions: Position[] = [];
      for (let from = before; from > after + 1;) {
        const candidates = await index.find({ query, after, before: from, max });
        assert.ok(candidates.positions.length <= max);
        assert.ok(candidates.downTo < from && candidates.downTo > after, 'it goes on, and ends');
        for (const position of candidates.positions) assert.ok(position >= candidates.downTo && position < from);
        positions.push(...candidates.positions);
        from = candidates.downTo;
      }
      return positions;
    }

    it('has come to nothing at first', async () => {
      assert.equal(await index.indexedTo(), 0);
      assert.deepEqual(await index.find({ query: {}, after: 0, before: 1_000, max: 10 }), {
        positions: [],
        downTo: 1,
      });
    });

    it('finds an event by each thing that is known of it', async () => {
      const wanted = {
        source: 'app',
        type: 'page',
        messageId: 'mine',
        name: 'Home',
        people: ['u2', 'anon-2'],
      } as const;
      await index.index([entry(1), entry(2, wanted), entry(3)], 3);
      const queries: IndexQuery[] = [
        { source: 'app' },
        { type: 'page' },
        { messageId: 'mine' },
        { name: 'Home' },
        { user: 'u2' },
        { user: 'anon-2' },
      ];
      for (const query of queries) assert.deepEqual(await found(query), [2], JSON.stringify(query));
      assert.deepEqual(await found({}), [3, 2, 1]);
    });

    it('finds nothing outside the range that is asked for', async () => {
      await index.index(
        [1, 2, 3, 4, 5].map((position) => entry(position)),
        5,
      );
      assert.deepEqual(await found({ user: 'u1' }, { after: 1, before: 5 }), [4, 3, 2]);
      assert.deepEqual(await found({}, { after: 1, before: 5, max: 1 }), [4, 3, 2]);
    });

    it('comes as far as it was told, events or none', async () => {
      await index.index([], 40);
      assert.equal(await index.indexedTo(), 40);
      await index.index([entry(41)], 60);
      assert.equal(await index.indexedTo(), 60);
      assert.deepEqual(await found({ user: 'u1' }), [41]);
    });

    it('takes the same again without harm', async () => {
      await index.index([entry(1), entry(2)], 2);
      await index.index([entry(1), entry(2)], 2);
      await index.index([entry(2), entry(3)], 3);
      assert.deepEqual(await found({ user: 'u1' }), [3, 2, 1]);
    });

    it('knows after a start how far it has come, and goes on from there', async () => {
      const entries = Array.from({ length: 35 }, (_, at) => entry(at + 1));
      await index.index(entries, 35);
      await index.close();
      index = await place.open(MANY);
      const indexedTo = await index.indexedTo();
      assert.ok(indexedTo <= 35);
      const all = entries.map(({ position }) => position).reverse();
      assert.deepEqual(
        await found({ user: 'u1' }),
        all.filter((position) => position <= indexedTo),
      );
      await index.index(entries.slice(indexedTo), 35);
      assert.deepEqual(await found({ user: 'u1' }), all);
    });

    it('forgets what a log that lost its end has not', async () => {
      await index.index(
        Array.from({ length: 35 }, (_, at) => entry(at + 1)),
        35,
      );
      await index.close();
      index = await place.open(2);
      assert.ok((await index.indexedTo()) <= 2);
      assert.deepEqual(
        (await found({})).filter((position) => position > 2),
        [],
      );
    });

    it('goes over a gap, however wide', async () => {
      await index.index([entry(1)], 1);
      await index.index([entry(2 ** 40)], 2 ** 40);
      await index.index([], 2 ** 41);
      await index.index([entry(2 ** 41 + 1)], 2 ** 41 + 1);
      const positions = await found({ user: 'u1' }, { before: 2 ** 42 });
      assert.deepEqual(positions, [2 ** 41 + 1, 2 ** 40, 1]);
    });

    it('forgets at most what it is asked to', async () => {
      const entries = Array.from({ length: MANY }, (_, at) => entry(at + 1));
      await index.index(entries.slice(0, 40), 40);
      await index.index(entries.slice(40), MANY);
      await index.forget(51);
      const left = await found({ user: 'u1' });
      assert.ok(left.length >= 50, `${left.length} of ${MANY}`);
      assert.deepEqual(
        left.filter((position) => position > 50),
        Array.from({ length: 50 }, (_, at) => MANY - at),
      );
      assert.equal(await index.indexedTo(), MANY);
    });

    it('finds all that a query asks for, whatever was indexed', async () => {
      const word = fc.constantFrom('a', 'b', 'ab', 'ü', '');
      const anyEntry = fc.record({
        source: word,
        type: fc.constantFrom(...EVENT_TYPES),
        messageId: word,
        name: fc.option(word),
        people: fc.uniqueArray(word, { maxLength: 3 }),
      });
      const query = fc.record(
        { source: word, type: fc.constantFrom(...EVENT_TYPES), messageId: word, name: word, user: word },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(anyEntry, { maxLength: MANY }), fc.array(query), async (given, queries) => {
          await index.close();
          await place.remove();
          place = await backend.place();
          index = await place.open(MANY);
          const entries = given.map((each, at) => ({ ...each, position: at + 1 }));
          for (let at = 0; at < entries.length; at += 13) {
            const slice = entries.slice(at, at + 13);
            await index.index(slice, at + slice.length);
          }
          for (const asked of queries) {
            const positions = await found(asked);
            assert.deepEqual(
              positions,
              [...new Set(positions)].sort((a, b) => b - a),
            );
            for (const each of entries.filter((one) => isAsked(one, asked)))
              assert.ok(positions.includes(each.position));
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

function isAsked(one: IndexEntry, { source, type, messageId, name, user }: IndexQuery): boolean {
  return (
    (source ?? one.source) === one.source &&
    (type ?? one.type) === one.type &&
    (messageId ?? one.messageId) === one.messageId &&
    (name === undefined || name === one.name) &&
    (user === undefined || one.people.includes(user))
  );
}
