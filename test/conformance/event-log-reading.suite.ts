import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Position } from '../../src/domain/event.ts';
import {
  ALL,
  assertSeamless,
  type EventLogBackend,
  EventLogSubject,
  positionsOf,
  SOURCE,
  startFollowing,
  TINY_SEGMENTS,
} from './event-log.subject.ts';

/** What every event log promises to lanes, pages and the index. */
export function eventLogReadingSuite(backend: EventLogBackend): void {
  describe(`event log, ${backend.name}: reading`, () => {
    const subject = new EventLogSubject(backend);

    describe('follow', () => {
      it('tells every event once, in order and without gaps, while calls are concurrent', async () => {
        await subject.append(...subject.makeEvents(5));
        const followed = await startFollowing(subject.log);
        assert.equal(followed.after, 5);
        const calls = Array.from({ length: 200 }, async (_, index) => {
          for (let turn = 0; turn < index % 7; turn++) await new Promise((resolve) => setImmediate(resolve));
          return subject.append(...subject.makeEvents(1 + (index % 5)));
        });
        const end = Math.max(...(await Promise.all(calls)).flat());
        await followed.until(end);
        assertSeamless(followed.slices, 5);
        assert.deepEqual(
          followed.slices.flatMap(({ events }) => events),
          (await subject.readAll()).events.slice(5),
        );
      });

      it('tells all events of the sources that are wanted, and how far it goes whatever is wanted', async () => {
        let wanted: ReadonlySet<string> = new Set(['web']);
        const followed = await startFollowing(subject.log, () => wanted);
        await subject.append(
          ...subject.makeEvents(2, { source: 'web' }),
          ...subject.makeEvents(2, { source: 'mobile' }),
        );
        await followed.until(4);
        wanted = new Set();
        await subject.append(...subject.makeEvents(2, { source: 'web' }));
        await followed.until(6);
        wanted = new Set(['web', 'mobile']);
        await subject.append(
          ...subject.makeEvents(1, { source: 'mobile' }),
          ...subject.makeEvents(1, { source: 'web' }),
        );
        await followed.until(8);
        const ends = followed.slices.map(({ upTo }) => upTo);
        assert.deepEqual(
          followed.slices.map(({ after }) => after),
          [0, ...ends.slice(0, -1)],
        );
        const told = new Set(followed.slices.flatMap(positionsOf));
        assert.deepEqual(
          [1, 2, 7, 8].filter((position) => !told.has(position)),
          [],
        );
      });

      it('tells a large write in pages', async () => {
        const followed = await startFollowing(subject.log);
        await subject.append(...subject.makeEvents(5_000));
        await followed.until(5_000);
        assertSeamless(followed.slices, 0);
        assert.ok(followed.slices.length > 1);
      });

      it('goes on over the end of a segment', async () => {
        await subject.reopen(TINY_SEGMENTS);
        const followed = await startFollowing(subject.log);
        await subject.fillSegments(4);
        await followed.until(8);
        assertSeamless(followed.slices, 0);
        assert.deepEqual(followed.slices.flatMap(positionsOf), [1, 2, 3, 4, 5, 6, 7, 8]);
      });

      it('tells nothing after it was stopped, and others go on', async () => {
        const stopped = await startFollowing(subject.log);
        const other = await startFollowing(subject.log);
        stopped.stop();
        await subject.append(...subject.makeEvents(3));
        await other.until(3);
        assert.equal(stopped.slices.length, 0);
      });
    });

    describe('read', () => {
      it('answers nothing from an empty log', async () => {
        assert.deepEqual(await subject.readAll(), { after: 0, upTo: 0, events: [] });
      });

      it('takes as many events as asked, and says how far it looked', async () => {
        await subject.append(...subject.makeEvents(10));
        const ask = { sources: new Set([SOURCE]), eventsMax: 4, charsMax: 1_000_000 };
        const first = await subject.log.read({ ...ask, after: 0 });
        const second = await subject.log.read({ ...ask, after: first.upTo });
        const third = await subject.log.read({ ...ask, after: second.upTo });
        assert.deepEqual([first, second, third].map(positionsOf), [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
          [9, 10],
        ]);
        assert.equal(third.upTo, 10);
      });

      it('stops at about as many characters as asked, and takes one event in any case', async () => {
        await subject.append(...subject.makeEvents(10, { body: `"${'x'.repeat(98)}"` }));
        const ask = { sources: new Set([SOURCE]), after: 0, eventsMax: 100 };
        assert.deepEqual(positionsOf(await subject.log.read({ ...ask, charsMax: 250 })), [1, 2, 3]);
        assert.deepEqual(positionsOf(await subject.log.read({ ...ask, charsMax: 1 })), [1]);
      });

      it('stays within (after, upTo] and the durable end', async () => {
        await subject.append(...subject.makeEvents(10));
        const sources = new Set([SOURCE]);
        const within = await subject.log.read({ sources, after: 3, upTo: 6, ...ALL });
        assert.deepEqual(positionsOf(within), [4, 5, 6]);
        assert.equal(within.upTo, 6);
        const beyond = await subject.log.read({ sources, after: 8, upTo: 99, ...ALL });
        assert.deepEqual(positionsOf(beyond), [9, 10]);
        assert.equal(beyond.upTo, 10);
        assert.deepEqual(await subject.log.read({ sources, after: 10, ...ALL }), { after: 10, upTo: 10, events: [] });
      });

      for (const [few, count] of [
        ['few', 2],
        ['many', 100],
      ] as const) {
        it(`answers only the asked sources, when they are ${few}`, async () => {
          const wanted = Array.from({ length: count }, (_, index) => `src_${index}`);
          const events = subject
            .makeEvents(500)
            .map((event, index) => ({ ...event, source: `src_${index % (2 * count)}` }));
          await subject.append(...events);
          const slice = await subject.readAll(wanted);
          assert.deepEqual(
            slice.events.map(({ messageId }) => messageId),
            events.filter(({ source }) => wanted.includes(source)).map(({ messageId }) => messageId),
          );
          assert.equal(slice.upTo, 500);
        });
      }

      it('finds the rare event of a source behind very many of another', async () => {
        await subject.append(...subject.makeEvents(40_000));
        await subject.append(subject.makeEvent({ source: 'src_rare' }));
        const slice = await subject.readAll(['src_rare']);
        assert.deepEqual(positionsOf(slice), [40_001]);
        assert.equal(slice.upTo, 40_001);
      });

      it('goes on over the ends of segments', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(5);
        assert.deepEqual(positionsOf(await subject.readAll()), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        const page = await subject.log.read({ sources: new Set([SOURCE]), after: 1, eventsMax: 4, charsMax: 1_000 });
        assert.deepEqual(positionsOf(page), [2, 3, 4, 5]);
      });
    });

    describe('get', () => {
      it('finds events wherever they are, and leaves out what is not there', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(3);
        const found = await subject.log.get([5, 1, 7, 0, 2]);
        assert.deepEqual([...found.keys()].sort(), [1, 2, 5]);
        assert.equal(found.get(5)?.position, 5);
      });
    });

    describe('seek', () => {
      it('finds the first event that was received at or after a time', async () => {
        await subject.reopen(TINY_SEGMENTS);
        const startedAtMs = subject.ambient.nowMs();
        for (let commit = 0; commit < 6; commit++) {
          await subject.append(...subject.makeEvents(2));
          await subject.ambient.advance(1_000);
        }
        const found = async (ms: number): Promise<Position> => subject.log.seek(startedAtMs + ms);
        assert.deepEqual(await Promise.all([-5, 0, 1, 1_000, 4_999, 5_000].map(found)), [1, 1, 3, 3, 11, 11]);
        assert.equal(await found(5_001), 13);
      });

      it('finds it within a segment of many commits whose times are not in order', async () => {
        const startedAtMs = subject.ambient.nowMs();
        const delaysMs = [0, 50, 20, 70, 70, 30, 110, 90, 130, 40];
        for (const delayMs of delaysMs)
          await subject.append(subject.makeEvent({ receivedAtMs: startedAtMs + delayMs }));
        for (const soughtMs of [0, 10, 50, 51, 71, 111, 130]) {
          const expected = delaysMs.findIndex((delayMs) => delayMs >= soughtMs) + 1;
          assert.equal(await subject.log.seek(startedAtMs + soughtMs), expected, `at ${soughtMs}`);
        }
        assert.equal(await subject.log.seek(startedAtMs + 131), 11);
      });

      it('answers the end + 1 in an empty log', async () => {
        assert.equal(await subject.log.seek(0), 1);
      });
    });

    describe('count', () => {
      it('counts the events of some sources in (after, upTo]', async () => {
        await subject.reopen(TINY_SEGMENTS);
        for (let commit = 0; commit < 5; commit++)
          await subject.append(subject.makeEvent(), subject.makeEvent({ source: 'src_other' }));
        const count = async (sources: string[], after: number, upTo: number): Promise<number> =>
          subject.log.count({ sources: new Set(sources), after, upTo });
        assert.equal(await count([SOURCE], 0, 10), 5);
        assert.equal(await count([SOURCE, 'src_other'], 3, 8), 5);
        assert.equal(await count(['src_none'], 0, 10), 0);
        assert.equal(await count([SOURCE], 0, 1_000), 5);
        assert.equal(await count([SOURCE], 10, 10), 0);
      });
    });

    describe('extent', () => {
      it('says of a new log that it is empty', async () => {
        const { first, end, oldestAtMs } = await subject.log.extent();
        assert.deepEqual({ first, end, oldestAtMs }, { first: 1, end: 0, oldestAtMs: null });
      });

      it('says where the log begins and ends, how old it is and what it takes', async () => {
        const startedAtMs = subject.ambient.nowMs();
        await subject.append(subject.makeEvent());
        await subject.ambient.advance(5_000);
        await subject.append(subject.makeEvent({ body: JSON.stringify('x'.repeat(100_000)) }));
        const { first, end, oldestAtMs, bytes } = await subject.log.extent();
        assert.deepEqual({ first, end, oldestAtMs }, { first: 1, end: 2, oldestAtMs: startedAtMs });
        assert.ok(bytes > 100_000, `${bytes} bytes`);
      });
    });
  });
}
