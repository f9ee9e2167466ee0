import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionError } from '../../src/lib/assert.ts';
import type { DeliveryStore, Grant } from '../../src/ports/delivery-store.ts';
import { settlementPlans, StoreModel } from './delivery-store.model.ts';
import { AT_MS as NOW_MS, attempt, dead, delivered, parked, plainSuccess, settlement } from './settlements.ts';

export interface DeliveryStoreBackend {
  readonly name: string;
  place(): DeliveryStorePlace;
}

/** Where the stores of one test are: what one of them leaves the next one finds. */
export interface DeliveryStorePlace {
  open(nowMs: number): Promise<DeliveryStore>;
  /**
   * Opens what a `kill -9` would leave at this moment, which is from then on what the place holds. The store that is
   * open goes on by itself.
   */
  openAsIfKilled(nowMs: number): Promise<DeliveryStore>;
  remove(): Promise<void>;
}

/** All that holds within one opening of the store; `delivery-store-stop.suite.ts` has the rest. */
export function deliveryStoreSuite(backend: DeliveryStoreBackend): void {
  describe(`the delivery store (${backend.name})`, () => {
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

    const hold = async (lane = 'crm', startAt = 0, node = 'node'): Promise<Grant> => {
      const [grant] = await store.hold(node, [{ lane, startAt }], 30_000);
      assert.ok(grant !== undefined, `${node} holds ${lane}`);
      return grant;
    };
    const settledAbove = async (lane = 'crm'): Promise<readonly number[]> => [...(await hold(lane)).settledAbove];
    const duePositions = async ({ lane, term }: Grant, untilMs = NOW_MS, max = 100): Promise<readonly number[]> =>
      (await store.due(lane, term, untilMs, max)).map(({ position }) => position);

    describe('a grant', () => {
      it('starts a new lane at the position it is given', async () => {
        const grant = await hold('crm', 17);
        assert.equal(grant.floor, 17);
        assert.deepEqual([...grant.settledAbove], []);
        assert.equal(grant.nextDueAtMs, null);
        assert.equal(grant.wasUnclean, false);
        assert.ok(grant.untilMs > NOW_MS);
      });

      it('is answered for each lane asked, and keeps the term of one that is held', async () => {
        const lanes = ['a', 'b'].map((lane) => ({ lane, startAt: 1 }));
        const first = await store.hold('node', lanes, 30_000);
        assert.deepEqual(
          first.map(({ lane }) => lane),
          ['a', 'b'],
        );
        assert.deepEqual(await store.hold('node', lanes, 30_000), first);
      });

      it('continues a known lane at its floor, whatever start is asked for', async () => {
        const { term } = await hold('crm', 1);
        await store.settle([settlement('crm', term, { floor: 5 })]);
        assert.equal((await hold('crm', 100)).floor, 5);
      });

      it('is refused to a second node until the first gives the lane back, and then has a later term', async () => {
        const first = await hold('crm', 0, 'one');
        assert.deepEqual(await store.hold('two', [{ lane: 'crm', startAt: 0 }], 30_000), []);
        assert.deepEqual(await store.hold('two', [{ lane: 'crm', startAt: 0 }], 0), []);
        assert.deepEqual(await store.hold('two', [{ lane: 'crm', startAt: 0 }], 30_000), []);
        assert.deepEqual(await store.hold('one', [{ lane: 'crm', startAt: 0 }], 0), []);
        assert.ok((await hold('crm', 0, 'two')).term > first.term);
      });

      it('tells what is finished or parked above the floor, rising, each once', async () => {
        const { term } = await hold();
        await store.settle([
          settlement('crm', term, {
            floor: 10,
            finished: [delivered(30), dead(12), delivered(9), { position: 25, state: 'cancelled', reason: 'x' }],
            attempts: [attempt(30), attempt(9), attempt(12, { outcome: 'failed', status: 500 })],
            parked: [parked(20), parked(5)],
          }),
        ]);
        assert.deepEqual(await settledAbove(), [12, 20, 25, 30]);
      });

      it('tells when the first parked delivery is due, and which users wait with how many', async () => {
        const { term } = await hold();
        const waiting = [
          parked(1, { dueAtMs: NOW_MS + 9, user: 'eve' }),
          parked(2, { dueAtMs: NOW_MS + 7, user: 'bob' }),
          parked(3, { dueAtMs: null, user: 'bob' }),
          parked(4, { dueAtMs: NOW_MS + 8 }),
        ];
        await store.settle([settlement('crm', term, { parked: waiting })]);
        const { nextDueAtMs, blockedUsers, parked: count } = await hold();
        assert.equal(nextDueAtMs, NOW_MS + 7);
        assert.equal(count, 4);
        assert.deepEqual([...blockedUsers].sort(), Object.entries({ bob: 2, eve: 1 }));
      });
    });

    describe('a settlement', () => {
      it('writes all of a batch over many lanes, or nothing of it', async () => {
        const lanes = [await hold('a'), await hold('b')];
        const good = lanes.map(({ lane, term }) => plainSuccess(lane, term, [1, 2]));
        const spoilt = { ...good[1]!, counts: [{ ...good[1]!.counts[0]!, latencyBuckets: new Uint32Array(3) }] };
        await assert.rejects(store.settle([good[0]!, spoilt]), AssertionError);
        assert.deepEqual([await settledAbove('a'), await settledAbove('b')], [[], []]);
        assert.deepEqual(await store.settle(good), []);
        assert.deepEqual(
          await store.floors(),
          new Map([
            ['a', 2],
            ['b', 2],
          ]),
        );
      });

      it('writes nothing under a term that is over, and says which lanes those are', async () => {
        const { term: over } = await hold('a');
        await store.hold('node', [{ lane: 'a', startAt: 0 }], 0);
        const { term } = await hold('b');
        const batch = [plainSuccess('a', over, [1]), plainSuccess('b', term, [1]), plainSuccess('never held', 1, [1])];
        assert.deepEqual(await store.settle(batch), ['a', 'never held']);
        await hold('a');
        assert.deepEqual(await store.settle([plainSuccess('a', over, [1])]), ['a']);
        assert.deepEqual((await store.floors()).get('a'), 0);
        assert.deepEqual((await store.floors()).get('b'), 1);
      });

      it('never lets the floor fall', async () => {
        const { term } = await hold('crm', 3);
        for (const floor of [8, 5, 1]) await store.settle([settlement('crm', term, { floor })]);
        assert.equal((await store.floors()).get('crm'), 8);
      });

      it('adds up what expired, for as long as the lane lives', async () => {
        const { term } = await hold();
        for (const expired of [3, 0, 4]) await store.settle([settlement('crm', term, { floor: 9, expired })]);
        await store.hold('node', [{ lane: 'crm', startAt: 0 }], 0);
        assert.equal((await hold()).expired, 7);
        assert.equal((await hold('other')).expired, 0);
        await store.drop('crm', 'destination_deleted', NOW_MS);
        assert.equal((await hold()).expired, 0);
      });

      it('may be settled twice', async () => {
        const { term } = await hold();
        const failure = { outcome: 'failed', status: 503, exchange: '{"excerpt":"no"}' } as const;
        const once = settlement('crm', term, {
          finished: [delivered(3), dead(4)],
          parked: [parked(5)],
          attempts: [attempt(3), attempt(4, failure), attempt(5, failure)],
        });
        await store.settle([once]);
        await store.settle([once]);
        assert.deepEqual(await settledAbove(), [3, 4, 5]);
        assert.deepEqual(await duePositions(await hold()), [5]);
      });

      it('keeps a delivery finished whose attempt is settled earlier or later than its end', async () => {
        const { term } = await hold();
        await store.settle([settlement('crm', term, { finished: [delivered(1)], attempts: [attempt(2)] })]);
        await store.settle([settlement('crm', term, { finished: [delivered(2)], attempts: [attempt(1)] })]);
        assert.deepEqual(await settledAbove(), [1, 2]);
      });

      it('takes an attempt of a batch for all its deliveries', async () => {
        const { term } = await hold();
        const together = { ...attempt(1), positions: [1, 2, 3] };
        const finished = [1, 2, 3].map(delivered);
        await store.settle([settlement('crm', term, { finished, attempts: [together] })]);
        assert.deepEqual(await settledAbove(), [1, 2, 3]);
      });

      it('wins over an earlier one of the same delivery', async () => {
        const { term } = await hold();
        const states = {
          delivered: { finished: [delivered(1)], attempts: [attempt(1)] },
          dead: { finished: [dead(1)] },
          parked: { parked: [parked(1)] },
        };
        for (const earlier of Object.values(states)) {
          for (const [name, later] of Object.entries(states)) {
            await store.settle([settlement('crm', term, earlier), settlement('crm', term, later)]);
            assert.deepEqual(await settledAbove(), [1]);
            assert.deepEqual(await duePositions(await hold()), name === 'parked' ? [1] : []);
            assert.equal(await store.retryNow('crm', [1], NOW_MS, 1), name === 'dead' ? 1 : 0);
          }
        }
      });

      it('wins over one that was written before the lane was given back and taken again', async () => {
        for (const earlier of [{ finished: [dead(1)] }, { parked: [parked(1)] }]) {
          const lane = Object.keys(earlier).join();
          await store.settle([settlement(lane, (await hold(lane)).term, earlier)]);
          await store.hold('node', [{ lane, startAt: 0 }], 0);
          const again = await hold(lane);
          await store.settle([plainSuccess(lane, again.term, [1])]);
          assert.equal(await store.retryNow(lane, 'all dead', NOW_MS, 1), 0);
          assert.deepEqual(await duePositions(again), []);
        }
      });

      it('leaves the store as a plain model of it says, whatever comes in whatever order', async () => {
        let lanes = 0;
        await fc.assert(
          fc.asyncProperty(settlementPlans, async (plans) => {
            const lane = `lane ${++lanes}`;
            const { term } = await hold(lane);
            const model = new StoreModel();
            for (const plan of plans) {
              await store.settle([settlement(lane, term, plan)]);
              model.settle(plan);
            }
            const { floor, nextDueAtMs, parked: count } = await hold(lane);
            assert.equal(floor, model.floor);
            assert.equal(count, model.parked().length);
            assert.equal((await store.oldestParked()).get(lane), model.parked()[0]);
            assert.equal(nextDueAtMs, model.nextDueAtMs());
            assert.deepEqual(await settledAbove(lane), model.settledAbove());
            assert.deepEqual(await store.due(lane, term, NOW_MS, 100), model.due(NOW_MS));
            assert.equal(await store.retryNow(lane, 'all dead', NOW_MS, 100), model.dead().length);
          }),
        );
      });
    });

    describe('what is due', () => {
      it('is answered soonest first, then oldest, up to a time and a number', async () => {
        const grant = await hold();
        const waiting = [
          parked(1, { dueAtMs: NOW_MS }),
          parked(2, { dueAtMs: NOW_MS - 5 }),
          parked(3, { dueAtMs: NOW_MS + 1 }),
          parked(4, { dueAtMs: NOW_MS - 5 }),
          parked(5, { dueAtMs: null, user: 'bob' }),
        ];
        await store.settle([settlement('crm', grant.term, { floor: 9, parked: waiting })]);
        assert.deepEqual(await duePositions(grant), [2, 4, 1]);
        assert.deepEqual(await duePositions(grant, NOW_MS, 2), [2, 4]);
        assert.deepEqual(await duePositions(grant, NOW_MS + 1), [2, 4, 1, 3]);
        assert.deepEqual(await duePositions(grant, NOW_MS - 6), []);
      });

      it('comes back as it was parked', async () => {
        const { lane, term } = await hold();
        const one = parked(7, { attempts: 3, user: 'ann', batch: 'bat_1', dueAtMs: NOW_MS - 1, suspicion: 2 });
        await store.settle([settlement(lane, term, { parked: [one] })]);
        assert.deepEqual(await store.due(lane, term, NOW_MS, 1), [one]);
      });

      it('is answered again until it is settled', async () => {
        const grant = await hold();
        await store.settle([settlement('crm', grant.term, { parked: [parked(1), parked(2)] })]);
        await store.begin('crm', grant.term, [1, 2]);
        assert.deepEqual(await duePositions(grant), [1, 2]);
        await store.settle([settlement('crm', grant.term, { finished: [delivered(1)], attempts: [attempt(1)] })]);
        assert.deepEqual(await duePositions(grant), [2]);
      });

      it('is nothing under a term that is over, and nothing of another lane', async () => {
        const grant = await hold();
        await store.settle([settlement('crm', grant.term, { parked: [parked(1)] })]);
        assert.deepEqual(await duePositions(await hold('other')), []);
        assert.deepEqual(await duePositions({ ...grant, term: grant.term + 1000 }), []);
        await store.hold('node', [{ lane: 'crm', startAt: 0 }], 0);
        assert.deepEqual(await duePositions(grant), []);
      });
    });

    describe('a retry by hand', () => {
      it('makes dead deliveries due now, with retries unspent, and leaves all others', async () => {
        const grant = await hold();
        const first = settlement('crm', grant.term, {
          floor: 9,
          finished: [dead(1), dead(2), delivered(3), { position: 4, state: 'cancelled', reason: 'x' }],
          attempts: [attempt(3)],
          parked: [parked(5, { dueAtMs: NOW_MS + 60_000, attempts: 2 })],
        });
        await store.settle([first]);
        assert.equal(await store.retryNow('crm', [1, 3, 4, 5, 6], NOW_MS, 100), 1);
        assert.deepEqual(await store.due('crm', grant.term, NOW_MS, 100), [parked(1)]);
        assert.equal(await store.retryNow('crm', [1], NOW_MS, 100), 0);
      });

      it('takes all that are dead, the oldest first and so many at most', async () => {
        const grant = await hold();
        const finished = [
          dead(5),
          dead(3),
          dead(4),
          { position: 1, state: 'cancelled', reason: 'x' } as const,
          dead(2),
        ];
        await store.settle([settlement('crm', grant.term, { finished })]);
        assert.equal(await store.retryNow('crm', 'all dead', NOW_MS, 3), 3);
        assert.deepEqual(await duePositions(grant), [2, 3, 4]);
        assert.equal(await store.retryNow('crm', 'all dead', NOW_MS, 3), 1);
      });

      it('finds nothing in a lane that there is not', async () => {
        assert.equal(await store.retryNow('none', 'all dead', NOW_MS, 3), 0);
      });
    });

    describe('a dropped lane', () => {
      it('is over for its holder and no longer listed', async () => {
        const grant = await hold();
        await store.settle([settlement('crm', grant.term, { parked: [parked(1)] })]);
        await store.drop('crm', 'destination_deleted', NOW_MS);
        assert.deepEqual(await store.settle([plainSuccess('crm', grant.term, [2])]), ['crm']);
        assert.deepEqual(await duePositions(grant), []);
        assert.deepEqual(await store.floors(), new Map());
        assert.deepEqual(await store.oldestParked(), new Map());
        await store.drop('crm', 'destination_deleted', NOW_MS);
      });

      it('is another lane when it is held again, which starts where it is told', async () => {
        const { term } = await hold();
        await store.settle([settlement('crm', term, { floor: 50, parked: [parked(1)], finished: [dead(60)] })]);
        await store.drop('crm', 'destination_deleted', NOW_MS);
        const again = await hold('crm', 40);
        assert.equal(again.floor, 40);
        assert.deepEqual([...again.settledAbove], []);
        assert.ok(again.term > term);
        assert.equal(await store.retryNow('crm', 'all dead', NOW_MS, 10), 0);
      });
    });

    describe('pruning', () => {
      it('forgets what ended before, and neither what is parked nor what is above the floor', async () => {
        const grant = await hold();
        const old = settlement('crm', grant.term, {
          atMs: NOW_MS - 10,
          floor: 10,
          finished: [dead(1), dead(11), delivered(12)],
          attempts: [attempt(12, { atMs: NOW_MS - 10 })],
          parked: [parked(2)],
        });
        await store.settle([old, settlement('crm', grant.term, { atMs: NOW_MS, finished: [dead(3)] })]);
        await store.prune(NOW_MS);
        assert.deepEqual(await duePositions(grant), [2]);
        assert.deepEqual(await settledAbove(), [11, 12]);
        assert.equal(await store.retryNow('crm', [1], NOW_MS, 10), 0);
        assert.equal(await store.retryNow('crm', [3, 11], NOW_MS, 10), 2);
      });
    });
  });
}
