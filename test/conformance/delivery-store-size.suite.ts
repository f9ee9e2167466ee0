import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DeliveryStore, Grant, Settlement } from '../../src/ports/delivery-store.ts';
import { settlementPlans, StoreModel } from './delivery-store.model.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, attempt, dead, parked, settlement } from './settlements.ts';

/** How a delivery store keeps its history within a size. */
export function deliveryStoreSizeSuite(backend: DeliveryStoreBackend): void {
  describe(`the size of a delivery store's history (${backend.name})`, () => {
    let place: DeliveryStorePlace;
    let store: DeliveryStore;
    let grant: Grant;

    beforeEach(async () => {
      place = backend.place();
      store = await place.open(NOW_MS);
      [grant] = (await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000)) as [Grant];
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const settle = async (rest: Partial<Settlement>): Promise<void> => {
      await store.settle([settlement('crm', grant.term, rest)]);
    };
    const due = async (): Promise<readonly number[]> =>
      (await store.due('crm', grant.term, NOW_MS, 10_000)).map(({ position }) => position);
    const from = (first: number, count: number): readonly number[] =>
      Array.from({ length: count }, (_, at) => first + at);

    /** A hundred dead deliveries in each of ten minutes. */
    async function settleTenMinutes(): Promise<void> {
      for (let index = 0; index < 10; index++) {
        const atMs = NOW_MS - (10 - index) * 60_000;
        const positions = from(index * 100 + 1, 100);
        const attempts = positions.map((each) => attempt(each, { atMs, outcome: 'failed', exchange: 'x'.repeat(100) }));
        await settle({ atMs, floor: (index + 1) * 100, attempts, finished: positions.map((each) => dead(each)) });
      }
    }

    it('lets the oldest go, minute by minute, and no more than it must', async () => {
      await settleTenMinutes();
      await store.prune(-Infinity, 1e9);
      assert.equal(await store.retryNow('crm', [1], NOW_MS, 1), 1, 'all is there');
      // Two minutes and a half of about 240 bytes for each delivery.
      await store.prune(-Infinity, 2.5 * 100 * 240);
      const left = await store.retryNow('crm', 'all dead', NOW_MS, 10_000);
      assert.ok(left === 200 || left === 300, String(left));
      assert.deepEqual((await due()).slice(1), from(1_001 - left, left), 'the newest are left');
    });

    it('leaves what is parked, and all above the floor, whatever there was', async () => {
      let lanes = 0;
      await fc.assert(
        fc.asyncProperty(settlementPlans, async (plans) => {
          const asked = [{ lane: `lane ${++lanes}`, startAt: 0 }];
          const [{ lane, term }] = (await store.hold('node', asked, 30_000)) as [Grant];
          const model = new StoreModel();
          for (const plan of plans) {
            await store.settle([settlement(lane, term, plan)]);
            model.settle(plan);
          }
          await store.prune(-Infinity, 0);
          const [after] = (await store.hold('node', asked, 30_000)) as [Grant];
          assert.deepEqual([...after.settledAbove], model.settledAbove());
          assert.deepEqual([after.floor, after.parked], [model.floor, model.parked().length]);
          assert.deepEqual(await store.due(lane, term, NOW_MS, 100), model.due(NOW_MS));
        }),
      );
    });

    it('goes with an age: what is beyond either goes', async () => {
      await settleTenMinutes();
      await store.prune(NOW_MS - 5 * 60_000, 1e9);
      assert.equal(await store.retryNow('crm', 'all dead', NOW_MS, 10_000), 500);
    });

    it('takes nothing of what waits, and no more of the rest because of it', async () => {
      const waiting = from(1, 200);
      const atMs = NOW_MS - 60_000;
      const attempts = waiting.map((each) => attempt(each, { atMs, outcome: 'failed', exchange: 'x'.repeat(100) }));
      await settle({ atMs, floor: 200, parked: waiting.map((each) => parked(each)), attempts });
      await settle({ floor: 201, finished: [dead(201)] });
      for (let time = 0; time < 2; time++) await store.prune(-Infinity, 1_000);
      assert.deepEqual(await due(), waiting);
      assert.equal(await store.retryNow('crm', 'all dead', NOW_MS, 10), 1);
    });
  });
}
