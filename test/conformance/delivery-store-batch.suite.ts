import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, attempt, dead, delivered, parked, settlement } from './settlements.ts';

/** Deliveries that were sent in one request, and wait together. */
export function deliveryStoreBatchSuite(backend: DeliveryStoreBackend): void {
  describe(`a batch in the delivery store (${backend.name})`, () => {
    let place: DeliveryStorePlace;
    let store: DeliveryStore;
    let grant: Grant;

    const hold = async (lane = 'crm'): Promise<Grant> => {
      const [granted] = await store.hold('node', [{ lane, startAt: 0 }], 30_000);
      assert.ok(granted !== undefined, `${lane} is held`);
      return granted;
    };
    beforeEach(async () => {
      place = backend.place();
      store = await place.open(NOW_MS);
      grant = await hold();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    it('is all that is parked under its id, by position, however much of it was asked for as due', async () => {
      const one = [7, 2, 5].map((position) => parked(position, { attempts: 1, batch: 'bat_a_3' }));
      const rows = [...one, parked(3, { batch: 'bat_b_1' }), parked(4)];
      await store.settle([settlement('crm', grant.term, { floor: 9, parked: rows })]);
      const [first] = await store.due('crm', grant.term, NOW_MS, 1);
      assert.equal(first?.batch, 'bat_a_3');
      const expected = one.toSorted((a, b) => a.position - b.position);
      assert.deepEqual(await store.batch('crm', grant.term, 'bat_a_3'), expected);
    });

    it('is without those that ended, or are in another one by now', async () => {
      const rows = [1, 2, 3, 4].map((position) => parked(position, { batch: 'bat_a_4' }));
      await store.settle([settlement('crm', grant.term, { floor: 9, parked: rows })]);
      const later = { finished: [dead(1)], parked: [parked(2, { batch: 'bat_c_1' }), parked(3)] };
      await store.settle([settlement('crm', grant.term, later)]);
      const left = await store.batch('crm', grant.term, 'bat_a_4');
      assert.deepEqual(
        left.map(({ position }) => position),
        [4],
      );
    });

    it('is nothing of another lane, and under a term that is over', async () => {
      await store.settle([settlement('crm', grant.term, { parked: [parked(1, { batch: 'bat_a_1' })] })]);
      const other = await hold('other');
      assert.deepEqual(await store.batch('other', other.term, 'bat_a_1'), []);
      assert.deepEqual(await store.batch('crm', grant.term + 1, 'bat_a_1'), []);
    });

    it('is left by what is retried by hand', async () => {
      await store.settle([settlement('crm', grant.term, { finished: [dead(1)], parked: [parked(2)] })]);
      await store.retryNow('crm', [1], NOW_MS, 1);
      const due = await store.due('crm', grant.term, NOW_MS, 9);
      assert.deepEqual(
        due.map(({ batch }) => batch),
        [null, null],
      );
    });

    it('is delivered also where an attempt of it is taken for an earlier one, which failed at that very time', async () => {
      const both = [1, 2];
      const failed = attempt(1, { positions: both, outcome: 'failed', status: 400 });
      await store.settle([settlement('crm', grant.term, { attempts: [failed] })]);
      const attempts = [attempt(1, { positions: both })];
      await store.settle([settlement('crm', grant.term, { attempts, finished: both.map((each) => delivered(each)) })]);
      assert.deepEqual([...(await hold()).settledAbove], both);
    });
  });
}
