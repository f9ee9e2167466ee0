import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL, type EventLogBackend, EventLogSubject, positionsOf, SOURCE, TINY_SEGMENTS } from './event-log.subject.ts';

/** What every event log promises to retention and erasure. */
export function eventLogKeepingSuite(backend: EventLogBackend): void {
  describe(`event log, ${backend.name}: keeping`, () => {
    const subject = new EventLogSubject(backend);

    describe('prune', () => {
      it('forgets segments that lie wholly below the position, and nothing else', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(4);
        await subject.log.prune(6);
        assert.deepEqual(positionsOf(await subject.readAll()), [5, 6, 7, 8]);
        assert.equal((await subject.log.extent()).first, 5);
        await subject.log.prune(7);
        assert.deepEqual(positionsOf(await subject.readAll()), [7, 8]);
      });

      it('forgets all of it where that is asked, and goes on where it was', async () => {
        await subject.reopen(TINY_SEGMENTS);
        const forgotten = subject.makeEvent();
        await subject.append(forgotten);
        await subject.fillSegments(2);
        await subject.log.prune(6);
        assert.deepEqual(positionsOf(await subject.readAll()), []);
        const { first, end, oldestAtMs } = await subject.log.extent();
        assert.deepEqual({ first, end, oldestAtMs }, { first: 6, end: 5, oldestAtMs: null });
        assert.deepEqual(await subject.append(forgotten), [6]);
        await subject.log.prune(1_000);
        await subject.log.prune(1_000);
        assert.deepEqual(await subject.append(subject.makeEvent()), [7]);
        assert.deepEqual(positionsOf(await subject.readAll()), [7]);
      });

      it('takes less room afterwards', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.append(subject.makeEvent({ body: JSON.stringify('x'.repeat(200_000)) }));
        await subject.append(subject.makeEvent());
        const before = await subject.log.extent();
        await subject.log.prune(2);
        assert.ok((await subject.log.extent()).bytes < before.bytes - 150_000);
      });

      it('leaves what is asked about pruned positions well answered', async () => {
        await subject.reopen(TINY_SEGMENTS);
        const forgotten = subject.makeEvent();
        await subject.append(forgotten, subject.makeEvent());
        await subject.fillSegments(2);
        await subject.log.prune(5);
        assert.equal((await subject.log.get([1, 4])).size, 0);
        assert.equal(await subject.log.seek(0), 5);
        assert.equal(await subject.log.count({ sources: new Set([SOURCE]), after: 0, upTo: 6 }), 2);
        assert.equal((await subject.log.read({ sources: new Set([SOURCE]), after: 0, upTo: 2, ...ALL })).upTo, 2);
        await subject.log.erase([1, 2]);
        assert.deepEqual(await subject.append(forgotten), [7], 'nothing is a duplicate of what was pruned');
      });
    });

    describe('the horizon', () => {
      const KEEP_ALL = { beforeMs: -Infinity, bytesMax: null };

      it('lies before everything that is young enough, in whole segments', async () => {
        await subject.reopen(TINY_SEGMENTS);
        for (const afterMs of [0, 1_000, 1_000, 1_000]) {
          await subject.ambient.advance(afterMs);
          await subject.append(...subject.makeEvents(2));
        }
        const startMs = subject.ambient.nowMs() - 3_000;
        const horizons = [-Infinity, startMs, startMs + 1, startMs + 1_000, startMs + 3_000].map(async (beforeMs) =>
          subject.log.horizon({ ...KEEP_ALL, beforeMs }),
        );
        assert.deepEqual(await Promise.all(horizons), [1, 1, 3, 3, 7]);
      });

      it('lies behind everything when all is too old', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(2);
        assert.equal(await subject.log.horizon({ ...KEEP_ALL, beforeMs: subject.ambient.nowMs() + 1 }), 5);
        await subject.log.prune(5);
        assert.equal(await subject.log.horizon({ ...KEEP_ALL, beforeMs: subject.ambient.nowMs() + 1 }), 5);
      });

      it('leaves at most as many bytes, and never cuts the newest segment for them', async () => {
        await subject.reopen(TINY_SEGMENTS);
        const body = JSON.stringify('x'.repeat(100_000));
        for (let segment = 0; segment < 4; segment += 1) await subject.append(subject.makeEvent({ body }));
        const { bytes } = await subject.log.extent();
        assert.equal(await subject.log.horizon({ ...KEEP_ALL, bytesMax: bytes }), 1);
        assert.equal(await subject.log.horizon({ ...KEEP_ALL, bytesMax: bytes - 1 }), 2);
        assert.equal(await subject.log.horizon({ ...KEEP_ALL, bytesMax: 0 }), 4);
        await subject.log.prune(await subject.log.horizon({ ...KEEP_ALL, bytesMax: bytes / 2 }));
        assert.ok((await subject.log.extent()).bytes <= bytes / 2);
      });

      it('is the nearer of the two', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(3);
        const young = subject.ambient.nowMs();
        assert.equal(await subject.log.horizon({ beforeMs: young, bytesMax: 0 }), 5);
        assert.equal(await subject.log.horizon({ beforeMs: young + 1, bytesMax: 1e9 }), 7);
      });

      it('is the beginning of an empty log', async () => {
        assert.equal(await subject.log.horizon({ beforeMs: subject.ambient.nowMs() + 1, bytesMax: 0 }), 1);
      });
    });

    describe('what it takes', () => {
      it('is told for each day on which events were received', async () => {
        const DAY_MS = 86_400_000;
        await subject.reopen(TINY_SEGMENTS);
        const body = JSON.stringify('x'.repeat(100_000));
        assert.deepEqual((await subject.log.use()).days, []);
        const start = Math.floor(subject.ambient.nowMs() / DAY_MS);
        for (const afterMs of [0, DAY_MS, 0, 2 * DAY_MS]) {
          await subject.ambient.advance(afterMs);
          await subject.append(subject.makeEvent({ body, receivedAtMs: subject.ambient.nowMs() }));
        }
        for (let time = 0; time < 2; time++) {
          const { bytes, days } = await subject.log.use();
          assert.deepEqual(
            days.map(({ day }) => day - start),
            [0, 1, 3],
          );
          assert.ok(days[1]!.bytes > 200_000 && days[0]!.bytes < 200_000, JSON.stringify(days));
          assert.ok(days.reduce((sum, each) => sum + each.bytes, 0) <= bytes);
        }
        await subject.log.prune(2);
        assert.deepEqual(
          (await subject.log.use()).days.map(({ day }) => day - start),
          [1, 3],
        );
      });
    });

    describe('erase', () => {
      it('empties bodies, names, users and message ids, and keeps the positions', async () => {
        await subject.reopen(TINY_SEGMENTS);
        await subject.fillSegments(3);
        const before = await subject.log.get([1, 2]);
        await subject.log.erase([2, 6, 99]);
        const erased = await subject.log.get([1, 2, 6]);
        assert.deepEqual(erased.get(1), before.get(1));
        for (const position of [2, 6]) {
          const { body, name, user, messageId, integrations } = erased.get(position)!;
          assert.deepEqual(
            { body, name, user, messageId, integrations },
            { body: '', name: null, user: null, messageId: '', integrations: null },
          );
        }
        assert.deepEqual(positionsOf(await subject.readAll()), [1, 2, 3, 4, 5, 6]);
      });

      it('makes room for the same message id', async () => {
        const event = subject.makeEvent();
        await subject.append(event);
        await subject.log.erase([1]);
        assert.deepEqual(await subject.append(event), [2]);
        assert.deepEqual(await subject.append(event), [0]);
      });
    });
  });
}
