import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ErasureLimits } from '../../src/adapters/sql/erasure-store.ts';
import type { ErasureRequest } from '../../src/domain/erasure.ts';
import type { ErasureStore } from '../../src/ports/erasure-store.ts';

export interface ErasureStoreBackend {
  readonly name: string;
  place(): ErasureStorePlace;
}

/** Where the stores of one test are: what one of them leaves the next one finds. */
export interface ErasureStorePlace {
  open(limits?: Partial<ErasureLimits>): ErasureStore;
  /** All bytes that are there now. */
  bytes(): Buffer;
  remove(): void;
}

const AT_MS = 1_767_225_600_000;
const asked = (person: string, more: Partial<ErasureRequest> = {}): ErasureRequest => ({
  ...{ field: 'userId', person, suppress: false, notify: false, ...more },
});
const codeOf =
  (code: string) =>
  (error: { readonly code?: string }): boolean =>
    error.code === code;

/** What `ports/erasure-store.ts` promises. */
export function erasureStoreSuite(backend: ErasureStoreBackend): void {
  describe(`the erasure store (${backend.name})`, () => {
    let place: ErasureStorePlace;
    let store: ErasureStore;

    beforeEach(() => {
      place = backend.place();
      store = place.open();
    });
    afterEach(async () => {
      await store.close();
      place.remove();
    });
    const reopen = async (limits: Partial<ErasureLimits> = {}): Promise<void> => {
      await store.close();
      store = place.open(limits);
    };

    it('gives out the oldest that is not finished, with whom it is about, as far as it has come', async () => {
      const { number } = await store.add(asked('ann'), AT_MS);
      await store.add(asked('bob', { field: 'anonymousId' }), AT_MS + 1);
      assert.deepEqual(await store.next(), {
        ...{ number, field: 'userId', person: 'ann', suppress: false, notify: false, state: 'waiting' },
        ...{ atMs: AT_MS, downTo: null, notices: null, notified: null },
        ...{ found: 0, erased: 0, refused: 0, finishedAtMs: null },
      });
      await store.advance(number, { downTo: 40, found: 9, erased: 7 });
      await reopen();
      const next = await store.next();
      assert.deepEqual([next?.person, next?.state, next?.downTo], ['ann', 'running', 40]);
      await store.finish(number, { refused: 2, atMs: AT_MS + 5 });
      assert.equal((await store.next())?.person, 'bob');
      const shown = await store.get(number);
      assert.deepEqual(shown, {
        ...{ number, field: 'userId', suppress: false, notify: false, state: 'finished', atMs: AT_MS },
        ...{ finishedAtMs: AT_MS + 5, found: 9, erased: 7, refused: 2, notified: null },
      });
    });

    it('lets the next begin while destinations are told, and remembers by what and how many', async () => {
      const [{ number }, second] = [await store.add(asked('ann', { notify: true }), AT_MS), asked('bob')];
      await store.add(second, AT_MS);
      const web = { source: 'web', messageId: 'delete-1', destinations: ['crm'], position: null };
      await store.notify(number, { notices: [web], refused: 3 });
      await reopen();
      assert.equal((await store.next())?.person, 'bob');
      const told = async (after = 0) => store.notifying({ after, max: 10 });
      const [open] = await told();
      assert.deepEqual([open?.person, open?.state, open?.refused, open?.notices], ['ann', 'notifying', 3, [web]]);
      await store.placed(number, [{ ...web, position: 7 }]);
      await store.notified(number, { delivered: 2, failed: 1 });
      await reopen();
      const placed = (await told()).map(({ notices, notified }) => ({ notices, notified }));
      assert.deepEqual(placed, [{ notices: [{ ...web, position: 7 }], notified: { delivered: 2, failed: 1 } }]);
      assert.deepEqual(await told(number), []);
      await store.finish(number, { refused: 0, atMs: AT_MS });
      assert.deepEqual(await told(), []);
      const shown = await store.get(number);
      assert.deepEqual([shown?.state, shown?.refused], ['finished', 3]);
      assert.deepEqual(shown?.notified, { delivered: 2, failed: 1 });
    });

    it('has nobody by name any more in what is finished, and still knows it by their id', async () => {
      const { number } = await store.add(asked('somebody-to-forget'), AT_MS);
      assert.ok(place.bytes().includes('somebody-to-forget'));
      await store.add(asked('another'), AT_MS);
      await store.finish(number, { refused: 0, atMs: AT_MS });
      assert.ok(!place.bytes().includes('somebody-to-forget'));
      const found = await store.list({ person: 'somebody-to-forget', max: 10 });
      assert.deepEqual(
        found.map((each) => each.number),
        [number],
      );
    });

    it('lists them newest first, all or those of one person, page by page', async () => {
      for (const person of ['ann', 'bob', 'ann', 'cid']) await store.add(asked(person), AT_MS);
      const numbers = async (...args: Parameters<ErasureStore['list']>): Promise<readonly number[]> =>
        (await store.list(...args)).map(({ number }) => number);
      const [newest = 0, ...others] = await numbers({ max: 10 });
      assert.deepEqual(others, [newest - 1, newest - 2, newest - 3]);
      assert.deepEqual(await numbers({ max: 2, before: newest }), [newest - 1, newest - 2]);
      assert.deepEqual(await numbers({ person: 'ann', max: 10 }), [newest - 1, newest - 3]);
      assert.deepEqual(await numbers({ person: 'an', max: 10 }), []);
      assert.equal(await store.get(newest + 1), null);
    });

    it('suppresses whom it is asked to in the same moment, until that is taken back, also when opened anew', async () => {
      await store.add(asked('ann', { suppress: true }), AT_MS);
      await store.add(asked('bob'), AT_MS);
      const who = (): readonly boolean[] => ['ann', 'bob', 'ANN'].map((person) => store.suppressed.has(person));
      assert.deepEqual([store.suppressed.count, ...who()], [1, true, false, false]);
      await reopen();
      assert.deepEqual([store.suppressed.count, ...who()], [1, true, false, false]);
      assert.equal(await store.unsuppress('bob'), false);
      assert.equal(await store.unsuppress('ann'), true);
      assert.deepEqual([store.suppressed.count, ...who()], [0, false, false, false]);
      await reopen();
      assert.equal(store.suppressed.count, 0);
    });

    it('takes so many that wait, and so many people to suppress, and says when it is full', async () => {
      await reopen({ openMax: 2, suppressedMax: 1 });
      const { number } = await store.add(asked('ann', { suppress: true }), AT_MS);
      await assert.rejects(store.add(asked('bob', { suppress: true }), AT_MS), codeOf('too_many_suppressions'));
      await store.add(asked('ann', { suppress: true }), AT_MS);
      await assert.rejects(store.add(asked('cid'), AT_MS), codeOf('too_many_erasures'));
      await store.finish(number, { refused: 0, atMs: AT_MS });
      await store.add(asked('cid'), AT_MS);
    });

    it('remembers so many, and those that are not finished in any case', async () => {
      await reopen({ keptMax: 2 });
      const first = await store.add(asked('waits'), AT_MS);
      for (const person of ['a', 'b', 'c']) {
        const { number } = await store.add(asked(person), AT_MS);
        await store.finish(number, { refused: 0, atMs: AT_MS });
      }
      const last = await store.add(asked('d'), AT_MS);
      const numbers = (await store.list({ max: 10 })).map(({ number }) => number);
      assert.deepEqual(numbers, [last.number, last.number - 1, first.number]);
    });
  });
}
