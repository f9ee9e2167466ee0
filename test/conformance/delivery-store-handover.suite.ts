import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DeliveryStore, Grant, Settlement } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, attempt, dead, delivered, parked, plainSuccess, settlement } from './settlements.ts';

const REASON = 'success_changed';

/** `DeliveryStore.handOver`: from one lane to several, and from several to one. */
export function deliveryStoreHandoverSuite(backend: DeliveryStoreBackend): void {
  describe(`what a lane hands over (${backend.name})`, () => {
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

    const hold = async (lane: string, startAt = 0): Promise<Grant> => {
      const [grant] = await store.hold('node', [{ lane, startAt }], 30_000);
      assert.ok(grant !== undefined, lane);
      return grant;
    };
    /** Holds a lane and settles this in it. */
    const settle = async (lane: string, what: Partial<Settlement>): Promise<void> => {
      const { term } = await hold(lane);
      assert.deepEqual(await store.settle([settlement(lane, term, what)]), []);
    };
    const due = async ({ lane, term }: Grant) => store.due(lane, term, Number.MAX_SAFE_INTEGER, 100);

    it('is its floor and what is parked, with attempts, user and time', async () => {
      const waiting = [parked(3, { attempts: 2, user: 'ann', dueAtMs: NOW_MS + 5 }), parked(4, { suspicion: 1 })];
      await settle('crm', { floor: 10, parked: waiting });
      await store.handOver(['crm'], ['crm/a', 'crm/b'], REASON, NOW_MS);
      assert.deepEqual([...(await store.floors())].sort(), [
        ['crm/a', 10],
        ['crm/b', 10],
      ]);
      for (const lane of ['crm/a', 'crm/b']) {
        const grant = await hold(lane, 99);
        assert.deepEqual(await due(grant), [waiting[1], waiting[0]]);
        assert.deepEqual(grant.blockedUsers, new Map([['ann', 1]]));
        assert.equal(grant.nextDueAtMs, NOW_MS);
      }
    });

    it('is what it settled above its floor, so that nothing of it comes again', async () => {
      const { term } = await hold('crm');
      const above = { ...plainSuccess('crm', term, [5]), floor: 2 };
      await store.settle([{ ...above, finished: [...above.finished, dead(6)], parked: [parked(7)] }]);
      await store.handOver(['crm'], ['crm/a'], REASON, NOW_MS);
      const grant = await hold('crm/a');
      assert.deepEqual([grant.floor, ...grant.settledAbove], [2, 5, 6, 7]);
    });

    it('leaves nothing behind: no lane, nothing parked, and no term', async () => {
      const { term } = await hold('crm');
      await store.settle([settlement('crm', term, { floor: 1, parked: [parked(1)] })]);
      await store.handOver(['crm'], ['crm/a'], REASON, NOW_MS);
      assert.deepEqual(await store.settle([settlement('crm', term, { floor: 9 })]), ['crm']);
      const again = await hold('crm', 50);
      assert.deepEqual([again.floor, again.parked, again.nextDueAtMs], [50, 0, null]);
    });

    it('of several lanes begins at the lowest floor, and leaves out what any of them delivered', async () => {
      const { term } = await hold('crm/a');
      await store.settle([plainSuccess('crm/a', term, [1, 2, 3, 4, 5])]);
      await settle('crm/b', { floor: 2, parked: [parked(2)], finished: [delivered(4)], attempts: [attempt(4)] });
      await store.handOver(['crm/a', 'crm/b'], ['crm'], REASON, NOW_MS);
      const grant = await hold('crm');
      assert.deepEqual([grant.floor, ...grant.settledAbove], [2, 3, 4, 5]);
      assert.deepEqual(await due(grant), []);
    });

    it('of several lanes waits once, where all of them failed, with what is soonest and fewest', async () => {
      await settle('crm/a', { floor: 3, parked: [parked(1, { attempts: 4, dueAtMs: NOW_MS + 9 })] });
      await settle('crm/b', { floor: 3, parked: [parked(1, { attempts: 1, dueAtMs: NOW_MS + 20 }), parked(2)] });
      await store.handOver(['crm/a', 'crm/b'], ['crm'], REASON, NOW_MS);
      assert.deepEqual(await due(await hold('crm')), [parked(2), parked(1, { attempts: 1, dueAtMs: NOW_MS + 9 })]);
    });

    it('is still owed where one lane gave up on it and another never got it', async () => {
      await settle('crm/a', { floor: 5, finished: [dead(4), dead(5)] });
      await settle('crm/b', { floor: 3, finished: [dead(5)] });
      await store.handOver(['crm/a', 'crm/b'], ['crm'], REASON, NOW_MS);
      const grant = await hold('crm');
      assert.deepEqual([grant.floor, ...grant.settledAbove], [3, 5]);
    });

    it('takes along that the last stop was unclean, and what was in flight', async () => {
      const { term } = await hold('crm');
      await store.settle([settlement('crm', term, { floor: 1, parked: [parked(1, { suspicion: 1 })] })]);
      await store.begin('crm', term, [1]);
      store = await place.openAsIfKilled(NOW_MS);
      await store.handOver(['crm'], ['crm/a', 'crm/b'], REASON, NOW_MS);
      const grant = await hold('crm/a');
      assert.equal(grant.wasUnclean, true);
      assert.deepEqual(await due(grant), [parked(1, { suspicion: 2 })]);
    });

    it('is there after a kill, whole', async () => {
      await settle('crm', { floor: 4, parked: [parked(1)], expired: 3 });
      await store.handOver(['crm'], ['crm/a', 'crm/b'], REASON, NOW_MS);
      store = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual([...(await store.floors()).keys()].sort(), ['crm/a', 'crm/b']);
      assert.deepEqual([(await hold('crm/a')).expired, (await hold('crm/b')).expired], [3, 0]);
    });

    it('is nothing where the lane is not there', async () => {
      await store.handOver(['never'], ['never/a'], REASON, NOW_MS);
      assert.equal((await store.floors()).size, 0);
    });

    it('loses nothing and repeats nothing, whatever each of several lanes had come to', async () => {
      type Fate = 'delivered' | 'dead' | 'parked' | 'not taken';
      const fate = fc.constantFrom<Fate>('delivered', 'dead', 'parked', 'not taken');
      const lane = fc.record({ floor: fc.nat(8), above: fc.array(fate, { minLength: 8, maxLength: 8 }) });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(lane, { minLength: 1, maxLength: 3 }), async (lanes) => {
          run += 1;
          // Nothing is left not taken below a floor.
          const fates = lanes.map(({ floor, above }) =>
            above.map((each, index) => (each === 'not taken' && index < floor ? 'dead' : each)),
          );
          const names = lanes.map((_, index) => `p${run}/${index}`);
          const at = (index: number, wanted: Fate): number[] =>
            fates[index]!.flatMap((each, place) => (each === wanted ? [place + 1] : []));
          for (const [index, name] of names.entries()) {
            await settle(name, {
              floor: lanes[index]!.floor,
              finished: [...at(index, 'delivered').map(delivered), ...at(index, 'dead').map((each) => dead(each))],
              attempts: at(index, 'delivered').map((each) => attempt(each)),
              parked: at(index, 'parked').map((each) => parked(each)),
            });
          }
          await store.handOver(names, [`p${run}`], REASON, NOW_MS);
          const grant = await hold(`p${run}`);
          const waiting = new Set((await due(grant)).map(({ position }) => position));
          const settledAbove = new Set(grant.settledAbove);
          for (let position = 1; position <= 8; position += 1) {
            const seen = new Set(fates.map((each) => each[position - 1]!));
            const isTaken = position > grant.floor && !settledAbove.has(position);
            const isOwed = isTaken || waiting.has(position);
            const mustBe = !seen.has('delivered') && (seen.has('parked') || seen.has('not taken'));
            assert.equal(isOwed, mustBe, `${position}: ${[...seen].join()}`);
          }
        }),
        { numRuns: 100 },
      );
    });
  });
}
