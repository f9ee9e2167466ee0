import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, dead, parked, plainSuccess, settlement } from './settlements.ts';

/** What a store knows after it stopped, for backends that outlive their process. */
export function deliveryStoreStopSuite(backend: DeliveryStoreBackend): void {
  describe(`a stop of the delivery store (${backend.name})`, () => {
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
    const suspicions = async (subject: DeliveryStore): Promise<Record<number, number>> => {
      const [grant] = await subject.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
      const rows = await subject.due('crm', grant!.term, Number.MAX_SAFE_INTEGER, 100);
      return Object.fromEntries(rows.map(({ position, suspicion }) => [position, suspicion]));
    };

    it('that is clean keeps everything and raises no suspicion', async () => {
      const before = await hold();
      const rows = { floor: 5, parked: [parked(1), parked(2, { suspicion: 1 })], finished: [dead(7)] };
      await store.settle([settlement('crm', before.term, rows)]);
      await store.begin('crm', before.term, [2]);
      await store.close();
      store = await place.open(NOW_MS);
      const after = await hold();
      assert.equal(after.floor, 5);
      assert.equal(after.wasUnclean, false);
      assert.ok(after.term > before.term);
      assert.deepEqual([...after.settledAbove], [7]);
      assert.deepEqual(await suspicions(store), { 1: 0, 2: 1 });
      assert.deepEqual(await store.settle([plainSuccess('crm', before.term, [6])]), ['crm']);
    });

    it('that is unclean is told by the first grant of each lane and by no second', async () => {
      for (const lane of ['a', 'b']) await hold(lane);
      const killed = await place.openAsIfKilled(NOW_MS);
      const lanes = ['a', 'b', 'new'].map((lane) => ({ lane, startAt: 0 }));
      const told = async (): Promise<readonly boolean[]> =>
        (await killed.hold('node', lanes, 30_000)).map(({ wasUnclean }) => wasUnclean);
      assert.deepEqual(await told(), [true, true, false]);
      assert.deepEqual(await told(), [false, false, false]);
      await killed.close();
    });

    it('that is unclean raises the suspicion of what was begun, and of what was due', async () => {
      const { term } = await hold();
      const rows = [
        parked(1, { dueAtMs: NOW_MS }),
        parked(2, { dueAtMs: NOW_MS + 1 }),
        parked(3, { dueAtMs: NOW_MS, suspicion: 1 }),
        parked(4, { dueAtMs: NOW_MS, suspicion: 2 }),
        parked(5, { dueAtMs: NOW_MS + 1 }),
        parked(6, { dueAtMs: NOW_MS, suspicion: 2 }),
      ];
      await store.settle([settlement('crm', term, { floor: 9, parked: rows })]);
      await store.begin('crm', term, [3, 4, 5]);
      const killed = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await suspicions(killed), { 1: 1, 2: 0, 3: 2, 4: 3, 5: 2, 6: 2 });
      await killed.close();
    });

    it('that is unclean suspects nothing that was begun and settled since', async () => {
      const { term } = await hold();
      const later = parked(1, { dueAtMs: NOW_MS + 60_000 });
      await store.settle([settlement('crm', term, { parked: [parked(1, { suspicion: 1 })] })]);
      await store.begin('crm', term, [1]);
      await store.settle([settlement('crm', term, { parked: [later] })]);
      const killed = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await suspicions(killed), { 1: 0 });
      await killed.close();
    });

    it('that is unclean raises what was begun once, and not again at the next one', async () => {
      const { term } = await hold();
      await store.settle([settlement('crm', term, { parked: [parked(1, { suspicion: 1 })] })]);
      await store.begin('crm', term, [1]);
      const killed = await place.openAsIfKilled(NOW_MS);
      const killedAgain = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await suspicions(killedAgain), { 1: 2 });
      for (const each of [killed, killedAgain]) await each.close();
    });

    it('ends every term', async () => {
      const { term } = await hold();
      await store.settle([plainSuccess('crm', term, [1])]);
      const killed = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await killed.settle([plainSuccess('crm', term, [2])]), ['crm']);
      assert.equal((await killed.floors()).get('crm'), 1);
      await killed.close();
    });
  });
}
