import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ALL,
  type EventLogBackend,
  EventLogSubject,
  positionsOf,
  SOURCE,
  startFollowing,
  TINY_SEGMENTS,
} from './event-log.subject.ts';

/** Far beyond what could be walked position by position. */
const FAR = 2 ** 36;

/** What every event log promises of positions with a large gap between them, as they are once it was restored. */
export function eventLogRestoredSuite(backend: EventLogBackend): void {
  const { markRestored } = backend;
  if (markRestored === undefined) return;
  describe(`event log, ${backend.name}: restored from a backup`, () => {
    const subject = new EventLogSubject(backend);
    const sources = new Set([SOURCE]);

    /** Six events, a gap, and two more. Answers where the second part begins. */
    async function leap(): Promise<number> {
      await subject.reopen(TINY_SEGMENTS);
      await subject.fillSegments(3);
      await subject.close();
      await markRestored?.(subject.place);
      await subject.open(TINY_SEGMENTS);
      const { end } = await subject.log.extent();
      await subject.fillSegments(1);
      return end + 1;
    }

    it('goes on far ahead, once', async () => {
      const first = await leap();
      assert.ok(first > FAR, `${first}`);
      await subject.reopen();
      assert.deepEqual(await subject.append(subject.makeEvent()), [first + 2]);
    });

    it('knows its extent and each event on both sides', async () => {
      const first = await leap();
      assert.equal((await subject.log.extent()).first, 1);
      const found = await subject.log.get([6, 7, first - 1, first]);
      assert.deepEqual([...found.keys()], [6, first]);
    });

    it('is read from one side to the other, also in pages, and from within the gap', async () => {
      const first = await leap();
      assert.deepEqual(positionsOf(await subject.readAll()), [1, 2, 3, 4, 5, 6, first, first + 1]);
      const page = await subject.log.read({ sources, after: 4, eventsMax: 3, charsMax: 1_000 });
      assert.deepEqual(positionsOf(page), [5, 6, first]);
      assert.deepEqual(positionsOf(await subject.log.read({ sources, after: FAR, ...ALL })), [first, first + 1]);
      const within = await subject.log.read({ sources, after: 6, upTo: FAR, ...ALL });
      assert.deepEqual(within, { after: 6, upTo: FAR, events: [] });
    });

    it('tells the events of sources that nobody had, as far as it goes', async () => {
      const first = await leap();
      assert.deepEqual(await subject.readAll(['src_none']), { after: 0, upTo: first + 1, events: [] });
    });

    it('counts events and not positions', async () => {
      const first = await leap();
      assert.equal(await subject.log.count({ sources, after: 0, upTo: first + 1 }), 8);
      assert.equal(await subject.log.count({ sources, after: 5, upTo: first }), 2);
    });

    it('seeks on both sides', async () => {
      const startedAtMs = subject.ambient.nowMs();
      await subject.append(subject.makeEvent());
      await subject.ambient.advance(1_000);
      const first = await leap();
      assert.equal(await subject.log.seek(startedAtMs), 1);
      assert.equal(await subject.log.seek(startedAtMs + 1), 2);
      await subject.ambient.advance(1_000);
      await subject.append(subject.makeEvent());
      assert.equal(await subject.log.seek(startedAtMs + 1_001), first + 2);
    });

    it('seeks, reads and counts when it was restored again before anything came', async () => {
      await subject.reopen(TINY_SEGMENTS);
      await subject.fillSegments(1);
      for (let time = 0; time < 2; time++) {
        await subject.close();
        await markRestored(subject.place);
        await subject.ambient.advance(1_000);
        await subject.open(TINY_SEGMENTS);
      }
      assert.equal(await subject.log.seek(0), 1);
      const [position] = await subject.append(subject.makeEvent());
      assert.deepEqual(positionsOf(await subject.readAll()), [1, 2, position]);
    });

    it('still knows the message ids from before', async () => {
      const known = subject.makeEvent();
      await subject.append(known);
      const first = await leap();
      assert.deepEqual(await subject.append(known, subject.makeEvent()), [0, first + 2]);
      await subject.reopen(TINY_SEGMENTS);
      assert.deepEqual(await subject.append(known), [0]);
    });

    it('is followed from behind the gap on', async () => {
      const first = await leap();
      const followed = await startFollowing(subject.log);
      await subject.append(subject.makeEvent());
      await followed.until(first + 2);
      assert.equal(followed.after, first + 1);
      assert.deepEqual(followed.slices.flatMap(positionsOf), [first + 2]);
    });

    it('is pruned on either side, and erased from', async () => {
      const first = await leap();
      await subject.log.erase([6, FAR, first]);
      assert.equal((await subject.log.get([first])).get(first)?.body, '');
      await subject.log.prune(4);
      assert.deepEqual(positionsOf(await subject.readAll()), [3, 4, 5, 6, first, first + 1]);
      await subject.log.prune(first);
      assert.deepEqual(positionsOf(await subject.readAll()), [first, first + 1]);
    });
  });
}
