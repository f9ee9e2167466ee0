import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ReplayProgress } from '../../src/domain/replay.ts';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, attempt, dead, delivered, parked, settlement } from './settlements.ts';

const LANE = 'crm@rpl_1';

/** How far replays have come: `progress`. */
export function deliveryStoreReplaySuite(backend: DeliveryStoreBackend): void {
  describe(`the progress of replays in the delivery store (${backend.name})`, () => {
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

    const hold = async (lane: string): Promise<Grant> => {
      const [grant] = await store.hold('node', [{ lane, startAt: 0 }], 30_000);
      assert.ok(grant !== undefined, `${lane} is held`);
      return grant;
    };
    const progress = async (lane = LANE): Promise<ReplayProgress | undefined> =>
      (await store.progress([lane])).get(lane);

    it('is how its deliveries ended, settlement after settlement', async () => {
      const { term } = await hold(LANE);
      assert.deepEqual(await progress(), { delivered: 0, dead: 0, cancelled: 0, expired: 0 });
      await store.settle([
        settlement(LANE, term, { finished: [delivered(1), dead(2)], attempts: [attempt(1)], parked: [parked(3)] }),
      ]);
      await store.settle([settlement(LANE, term, { finished: [delivered(3)], expired: 4 })]);
      assert.deepEqual(await progress(), { delivered: 2, dead: 1, cancelled: 0, expired: 4 });
    });

    it('stays when the lane is dropped, with what that cancelled', async () => {
      const { term } = await hold(LANE);
      await store.settle([settlement(LANE, term, { finished: [dead(1)], parked: [parked(2), parked(3)] })]);
      await store.drop(LANE, 'replay_cancelled', NOW_MS);
      assert.deepEqual(await progress(), { delivered: 0, dead: 1, cancelled: 2, expired: 0 });
    });

    it('takes back what was dead and is retried', async () => {
      const { term } = await hold(LANE);
      await store.settle([settlement(LANE, term, { finished: [dead(1), dead(2)] })]);
      await store.retryNow(LANE, [1], NOW_MS, 10);
      assert.equal((await progress())?.dead, 1);
      await store.settle([settlement(LANE, term, { finished: [delivered(1)], attempts: [attempt(1)] })]);
      assert.deepEqual(await progress(), { delivered: 1, dead: 1, cancelled: 0, expired: 0 });
    });

    it('does not count what is settled under a term that is over', async () => {
      const { term } = await hold(LANE);
      await store.settle([settlement(LANE, term - 1, { finished: [dead(1)] })]);
      assert.equal((await progress())?.dead, 0);
    });

    it('is kept for replays alone', async () => {
      const { term } = await hold('crm');
      await store.settle([settlement('crm', term, { finished: [dead(1)] })]);
      assert.equal(await progress('crm'), undefined);
      assert.equal(await progress('crm@rpl_none'), undefined);
    });
  });
}
