import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Position } from '../../src/domain/event.ts';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, parked, settlement } from './settlements.ts';

/** What the store forgets of erased events, and what becomes of those that waited with them. */
export function deliveryStoreEraseSuite(backend: DeliveryStoreBackend): void {
  describe(`erasing in the delivery store (${backend.name})`, () => {
    let place: DeliveryStorePlace;
    let store: DeliveryStore;
    let grant: Grant;

    beforeEach(async () => {
      place = backend.place();
      store = await place.open(NOW_MS);
      const [given] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
      assert.ok(given !== undefined);
      grant = given;
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });
    const park = async (...rows: readonly ReturnType<typeof parked>[]): Promise<void> => {
      await store.settle([settlement('crm', grant.term, { parked: rows })]);
    };
    /** Position, user, batch, and time from now, of all that has a time. */
    const timed = async (): Promise<readonly unknown[]> =>
      (await store.due('crm', grant.term, Number.MAX_SAFE_INTEGER, 100)).map(({ position, user, batch, dueAtMs }) => [
        ...[position, user, batch, dueAtMs! - NOW_MS],
      ]);
    const first = (position: Position, user: string) => parked(position, { attempts: 1, user, dueAtMs: NOW_MS + 99 });
    const behind = (position: Position, user: string) => parked(position, { user, dueAtMs: null });

    it('has what is parked due, without its user and out of its batch, and nothing else', async () => {
      const inBatch = { attempts: 1, batch: 'bat_x_2', dueAtMs: NOW_MS + 50 };
      await park(first(1, 'ann'), first(2, 'bob'), parked(3, inBatch), parked(4, inBatch));
      await store.erase([1, 3, 7], NOW_MS + 5);
      assert.deepEqual(await timed(), [
        [1, null, null, 5],
        [3, null, null, 5],
        [4, null, 'bat_x_2', 50],
        [2, 'bob', null, 99],
      ]);
    });

    it('gives the next of a user its turn where those before it were erased, and only there', async () => {
      await park(first(1, 'ann'), behind(2, 'ann'), behind(3, 'ann'), first(4, 'bob'), behind(5, 'bob'));
      await store.erase([1, 5], NOW_MS + 5);
      assert.deepEqual(await timed(), [
        [1, null, null, 5],
        [2, 'ann', null, 5],
        [5, null, null, 5],
        [4, 'bob', null, 99],
      ]);
    });

    it('blocks no user by what was erased, for whoever holds the lane next', async () => {
      await park(first(1, 'ann'), behind(2, 'ann'), first(3, 'bob'), behind(4, 'bob'));
      await store.erase([1, 2, 3], NOW_MS);
      await store.close();
      store = await place.open(NOW_MS);
      const [next] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
      assert.deepEqual([...(next?.blockedUsers ?? [])], [['bob', 1]]);
    });
  });
}
