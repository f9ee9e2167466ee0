import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Position } from '../../src/domain/event.ts';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, attempt, dead, delivered, parked, settlement } from './settlements.ts';

/** How a user's parked deliveries wait for each other: promise 6. */
export function deliveryStoreOrderSuite(backend: DeliveryStoreBackend): void {
  describe(`a user's turn in the delivery store (${backend.name})`, () => {
    let place: DeliveryStorePlace;
    let store: DeliveryStore;

    beforeEach(async () => {
      place = backend.place();
      store = await place.open(NOW_MS);
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const hold = async (lane = 'crm'): Promise<Grant> => {
      const [grant] = await store.hold('node', [{ lane, startAt: 0 }], 30_000);
      assert.ok(grant !== undefined, `${lane} is held`);
      return grant;
    };
    const first = (position: Position, user: string) => parked(position, { attempts: 1, user, dueAtMs: NOW_MS + 9 });
    const behind = (position: Position, user: string) => parked(position, { user, dueAtMs: null });
    /** Position and time, from now, of all that has a time. */
    const timed = async ({ lane, term }: Grant): Promise<readonly (readonly number[])[]> => {
      const rows = await store.due(lane, term, Number.MAX_SAFE_INTEGER, 100);
      return rows.map(({ position, dueAtMs }) => [position, dueAtMs! - NOW_MS]);
    };

    for (const [state, end] of Object.entries({ delivered: delivered(1), dead: dead(1) })) {
      it(`comes when the one before it is ${state}: the oldest that waits is due at that moment`, async () => {
        const grant = await hold();
        const rows = [first(1, 'ann'), behind(5, 'ann'), behind(3, 'ann')];
        await store.settle([settlement('crm', grant.term, { parked: rows })]);
        assert.deepEqual(await timed(grant), [[1, 9]]);
        const attempts = state === 'delivered' ? [attempt(1)] : [];
        await store.settle([settlement('crm', grant.term, { atMs: NOW_MS + 4, finished: [end], attempts })]);
        assert.deepEqual(await timed(grant), [[3, 4]]);
        await store.settle([settlement('crm', grant.term, { atMs: NOW_MS + 6, finished: [dead(3)] })]);
        assert.deepEqual(await timed(grant), [[5, 6]]);
      });
    }

    it('does not come while the one before it waits for another retry', async () => {
      const grant = await hold();
      await store.settle([settlement('crm', grant.term, { parked: [first(1, 'ann'), behind(2, 'ann')] })]);
      await store.settle([settlement('crm', grant.term, { parked: [{ ...first(1, 'ann'), dueAtMs: NOW_MS + 99 }] })]);
      assert.deepEqual(await timed(grant), [[1, 99]]);
    });

    it('is its own: not that of another user, of another lane, or of what has no user', async () => {
      const [grant, other] = [await hold(), await hold('other')];
      const rows = [first(1, 'ann'), behind(2, 'ann'), first(3, 'bob'), behind(4, 'bob'), parked(5, { dueAtMs: null })];
      await store.settle([
        settlement('crm', grant.term, { parked: rows }),
        settlement('other', other.term, { parked: [first(1, 'ann'), behind(2, 'ann')] }),
      ]);
      await store.settle([settlement('crm', grant.term, { finished: [dead(1)] })]);
      assert.deepEqual(await timed(grant), [
        [2, 0],
        [3, 9],
      ]);
      assert.deepEqual(await timed(other), [[1, 9]]);
    });

    it('comes to one that is parked in the same settlement', async () => {
      const grant = await hold();
      await store.settle([settlement('crm', grant.term, { parked: [first(1, 'ann')] })]);
      await store.settle([settlement('crm', grant.term, { finished: [dead(1)], parked: [behind(2, 'ann')] })]);
      assert.deepEqual(await timed(grant), [[2, 0]]);
    });

    it('is there after the process was killed', async () => {
      const { term } = await hold();
      await store.settle([settlement('crm', term, { parked: [first(1, 'ann'), behind(2, 'ann'), behind(3, 'ann')] })]);
      await store.settle([settlement('crm', term, { finished: [dead(1)] })]);
      store = await place.openAsIfKilled(NOW_MS);
      const grant = await hold();
      assert.deepEqual(grant.blockedUsers, new Map([['ann', 2]]));
      assert.deepEqual(await timed(grant), [[2, 0]]);
    });

    it('comes to all, and no user is known, once the order is dissolved', async () => {
      const grant = await hold();
      const rows = [first(1, 'ann'), behind(2, 'ann'), behind(3, 'bob'), parked(4, { dueAtMs: NOW_MS + 1 })];
      await store.settle([settlement('crm', grant.term, { parked: rows })]);
      await store.dissolveOrder('crm', grant.term + 1, NOW_MS);
      assert.equal((await hold()).blockedUsers.size, 2);
      await store.dissolveOrder('crm', grant.term, NOW_MS);
      assert.equal((await hold()).blockedUsers.size, 0);
      assert.deepEqual(await timed(grant), [
        [2, 0],
        [3, 0],
        [4, 1],
        [1, 9],
      ]);
    });

    it('comes to the first in lanes that took over, where others delivered what it waited for', async () => {
      const [a, b] = [await hold('crm/a'), await hold('crm/b')];
      await store.settle([
        settlement('crm/a', a.term, { floor: 9, parked: [first(1, 'ann'), behind(2, 'ann'), behind(3, 'ann')] }),
        settlement('crm/b', b.term, { floor: 0, finished: [delivered(1)], attempts: [attempt(1)] }),
      ]);
      await store.handOver(['crm/a', 'crm/b'], ['crm'], 'success_changed', NOW_MS);
      assert.deepEqual(await timed(await hold('crm')), [[2, 0]]);
    });
  });
}
