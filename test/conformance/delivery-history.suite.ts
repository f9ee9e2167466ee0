import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { DeliveryAsk, DeliveryHistory, DeliveryRecord } from '../../src/ports/delivery-history.ts';
import type { DeliveryStore, Settlement } from '../../src/ports/delivery-store.ts';
import { AT_MS, attempt, dead, delivered, parked, plainSuccess, settlement } from './settlements.ts';

export interface DeliveryHistoryBackend {
  readonly name: string;
  place(): Promise<DeliveryHistoryPlace>;
}

/** One store, and the history that is read beside it. */
export interface DeliveryHistoryPlace {
  readonly store: DeliveryStore;
  readonly history: DeliveryHistory;
  readonly remove: () => Promise<void>;
}

const ALL: DeliveryAsk = { after: 0, before: 1_000, max: 100 };

export async function closePlace({ history, store, remove }: DeliveryHistoryPlace): Promise<void> {
  await history.close();
  await store.close();
  await remove();
}

/** Settles this in a lane, as whoever holds it. */
export async function settleAt(
  { store }: DeliveryHistoryPlace,
  lane: string,
  rest: Partial<Settlement>,
): Promise<void> {
  const [grant] = await store.hold('node', [{ lane, startAt: 0 }], 30_000);
  assert.ok(grant !== undefined);
  await store.settle([settlement(lane, grant.term, rest)]);
}

/** Runs the promises of the port over one backend. */
export function deliveryHistorySuite(backend: DeliveryHistoryBackend): void {
  describe(`the delivery history (${backend.name})`, () => {
    let place: DeliveryHistoryPlace;

    beforeEach(async () => {
      place = await backend.place();
    });
    afterEach(async () => closePlace(place));

    const settle = async (lane: string, rest: Partial<Settlement>): Promise<void> => settleAt(place, lane, rest);
    const list = async (ask: Partial<DeliveryAsk> = {}): Promise<readonly DeliveryRecord[]> =>
      place.history.list({ ...ALL, ...ask });
    const shown = async (ask: Partial<DeliveryAsk> = {}): Promise<readonly string[]> =>
      (await list(ask)).map(({ laneId, position, state }) => `${laneId} ${position} ${state}`);

    it('tells what it takes, by the days of attempts', async () => {
      const day = Math.floor(AT_MS / 86_400_000);
      const old = (position: number) => attempt(position, { atMs: AT_MS - 86_400_000 });
      const positions = Array.from({ length: 1_000 }, (_, index) => index + 1);
      await settle('crm', { floor: 1_000, attempts: positions.map(old) });
      await settle('crm', { floor: 1_001, attempts: [attempt(1_001)], finished: [delivered(1_001)] });
      const { bytes, days } = await place.history.use();
      assert.deepEqual(
        days.map((each) => each.day),
        [day - 1, day],
      );
      const [first, second] = days.map((each) => each.bytes) as [number, number];
      assert.ok(first > 20_000 && first < 50_000 && second > 0 && second < 1_000, JSON.stringify(days));
      assert.ok(bytes > first + second);
      await place.store.prune(AT_MS);
      assert.deepEqual(
        (await place.history.use()).days.map((each) => each.day),
        [day],
      );
    });

    it('counts the dead of a destination that can be retried, of as many as it may look at', async () => {
      await settle('crm', { floor: 4, finished: [dead(1), dead(2), delivered(3), dead(4)] });
      await settle('crm@rpl_1', { floor: 4, finished: [dead(1)] });
      await settle('crm/old', { floor: 4, finished: [dead(1)] });
      await settle('ads', { floor: 4, finished: [dead(1)] });
      await place.store.drop('crm/old', 'endpoint_removed', AT_MS);
      assert.deepEqual(await place.history.dead('crm', 100), { count: 4, isAll: true });
      assert.deepEqual(await place.history.dead('crm', 4), { count: 4, isAll: false });
      assert.deepEqual(await place.history.dead('crm', 2), { count: 2, isAll: false });
      await place.store.retryNow('crm', [1], AT_MS, 1);
      assert.deepEqual(await place.history.dead('crm', 100), { count: 3, isAll: true });
      assert.deepEqual(await place.history.dead('none', 100), { count: 0, isAll: true });
    });

    it('knows deliveries by the number of their lane that its holder was told, and another after it was dropped', async () => {
      const numbers: number[] = [];
      for (const position of [1, 2]) {
        const [grant] = await place.store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
        numbers.push(grant?.number ?? NaN);
        await settle('crm', { floor: position, finished: [dead(position)] });
        await place.store.drop('crm', 'destination_gone', AT_MS);
      }
      const lanes = (await list()).map(({ lane }) => lane);
      assert.deepEqual(lanes, numbers.toReversed());
      assert.notEqual(numbers[0], numbers[1]);
    });

    it('shows all deliveries of one event, with how far lanes are that are not dropped', async () => {
      for (const lane of ['crm', 'gone', 'late']) await settle(lane, { floor: 2, finished: [dead(1), dead(2)] });
      await settle('late', { floor: 3 });
      await place.store.drop('gone', 'destination_gone', AT_MS);
      const { deliveries, floors } = await place.history.ofEvent(2);
      assert.deepEqual(
        deliveries.map(({ laneId, position }) => [laneId, position]),
        [
          ['late', 2],
          ['gone', 2],
          ['crm', 2],
        ],
      );
      assert.deepEqual(Object.fromEntries(floors), { crm: 2, late: 3 });
    });

    it('shows a success at the first attempt', async () => {
      await settle('crm', { ...plainSuccess('crm', 1, [1]), lane: 'crm' });
      const [one] = await list();
      assert.ok(one !== undefined);
      assert.deepEqual(
        [one.laneId, one.position, one.state, one.reason, one.nextAttemptAtMs, one.isLaneGone],
        ['crm', 1, 'delivered', null, null, false],
      );
      assert.deepEqual(
        one.attempts.map(({ number, atMs, durationMs, outcome, status }) => [
          number,
          atMs,
          durationMs,
          outcome,
          status,
        ]),
        [[1, AT_MS, 3, 'succeeded', 200]],
      );
      assert.deepEqual(await place.history.get(one), one);
    });

    it('shows every attempt with what is kept of it, in order, and when the next is due', async () => {
      const failed = { outcome: 'failed', status: null, errorCode: 'timeout', exchange: '{"message":"late"}' } as const;
      await settle('crm', { attempts: [attempt(1, failed)], parked: [parked(1, { dueAtMs: AT_MS + 9 })] });
      await settle('crm', {
        attempts: [attempt(1, { ...failed, number: 2, atMs: AT_MS + 5 })],
        parked: [parked(1, { dueAtMs: AT_MS + 70 })],
      });
      const [one] = await list();
      assert.deepEqual([one?.state, one?.nextAttemptAtMs], ['pending', AT_MS + 70]);
      assert.deepEqual(
        one?.attempts.map(({ number, errorCode, exchange }) => [number, errorCode, exchange]),
        [
          [1, 'timeout', '{"message":"late"}'],
          [2, 'timeout', '{"message":"late"}'],
        ],
      );
    });

    it('has nothing any more of what was answered to an erased event, then or later', async () => {
      const exchange = '{"excerpt":"about ann"}';
      const failed = (position: number) =>
        attempt(position, { outcome: 'failed', status: 500, exchange, atMs: AT_MS + position });
      await settle('crm', { parked: [parked(1), parked(2)], attempts: [failed(1), failed(2)] });
      await place.store.erase([1, 3], AT_MS);
      await settle('crm', { floor: 3, attempts: [failed(3)], finished: [dead(3)] });
      const kept = (await list()).map(({ position, attempts }) => [position, attempts[0]?.exchange ?? null]);
      assert.deepEqual(kept, [
        [3, null],
        [2, exchange],
        [1, null],
      ]);
    });

    it('says of each delivery what it is by now', async () => {
      await settle('crm', {
        floor: 3,
        attempts: [1, 2, 3, 4].map((position) => attempt(position, { outcome: 'failed', status: 500 })),
        parked: [parked(1), parked(2)],
        finished: [dead(3)],
      });
      // The fourth has been attempted, and is not decided.
      assert.deepEqual(await shown(), ['crm 4 pending', 'crm 3 dead', 'crm 2 pending', 'crm 1 pending']);
      await settle('crm', {
        floor: 4,
        attempts: [attempt(1, { number: 2 }), attempt(4, { number: 1, atMs: AT_MS + 1 })],
        finished: [delivered(1), delivered(4), dead(2, 'http_500')],
      });
      assert.deepEqual(await shown(), ['crm 4 delivered', 'crm 3 dead', 'crm 2 dead', 'crm 1 delivered']);
      await place.store.retryNow('crm', [3], AT_MS, 1);
      assert.deepEqual(await shown({ state: 'pending' }), ['crm 3 pending']);
      await place.store.drop('crm', 'destination_gone', AT_MS);
      assert.deepEqual(await shown(), ['crm 4 delivered', 'crm 3 cancelled', 'crm 2 dead', 'crm 1 delivered']);
      assert.deepEqual(
        (await list()).map(({ isLaneGone, reason }) => [isLaneGone, reason]),
        [
          [true, null],
          [true, 'destination_gone'],
          [true, 'http_500'],
          [true, null],
        ],
      );
    });

    it('knows a destination by all of its lanes, and no other by the beginning of its name', async () => {
      for (const lane of ['crm', 'crm/a', 'crm/b', 'crm2']) await settle(lane, { finished: [dead(1)] });
      assert.deepEqual(await shown({ destination: 'crm' }), ['crm/b 1 dead', 'crm/a 1 dead', 'crm 1 dead']);
      assert.deepEqual(await shown({ destination: 'cr' }), []);
    });

    it('finds nothing where there is nothing', async () => {
      assert.equal(await place.history.get({ lane: 1, position: 1 }), null);
      await settle('crm', { finished: [dead(5)] });
      const [one] = await list();
      assert.ok(one !== undefined);
      assert.equal(await place.history.get({ lane: one.lane, position: 4 }), null);
      assert.equal(await place.history.get({ lane: one.lane + 1, position: 5 }), null);
      assert.deepEqual(await list({ after: 5 }), []);
      assert.deepEqual(await list({ before: 5 }), []);
    });

    it('pages through all of them, each once, whatever was settled and is asked for', async () => {
      const outcome = fc.constantFrom('delivered', 'dead', 'pending', 'late', 'cancelled');
      const plan = fc.uniqueArray(
        fc.tuple(fc.constantFrom('a', 'b/x', 'b/y'), fc.integer({ min: 1, max: 30 }), outcome),
        {
          selector: ([lane, position]) => `${lane} ${position}`,
          maxLength: 60,
        },
      );
      await fc.assert(
        fc.asyncProperty(plan, fc.integer({ min: 1, max: 7 }), async (plans, max) => {
          await closePlace(place);
          place = await backend.place();
          for (const [lane, position, what] of plans) await settle(lane, settledAs(position, what));
          for (const state of [undefined, 'delivered', 'dead', 'pending', 'cancelled'] as const) {
            const asked = { ...(state === undefined ? {} : { state }), max };
            const seen: string[] = [];
            let page = await list(asked);
            for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
              seen.push(...page.map((one) => `${one.laneId} ${one.position} ${one.state}`));
              page = await list({ ...asked, from: last });
            }
            const expected = plans
              .map(([lane, position, what]) => `${lane} ${position} ${what === 'late' ? 'delivered' : what}`)
              .filter((one) => state === undefined || one.endsWith(state));
            assert.deepEqual([...seen].sort(), [...expected].sort());
            const positions = seen.map((one) => Number(one.split(' ')[1]));
            assert.deepEqual(
              positions,
              [...positions].sort((a, b) => b - a),
            );
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}

function settledAs(position: number, what: string): Partial<Settlement> {
  const failed = attempt(position, { outcome: 'failed', status: 500 });
  if (what === 'delivered') return { attempts: [attempt(position)], finished: [delivered(position)] };
  if (what === 'dead') return { attempts: [failed], finished: [dead(position)] };
  if (what === 'pending') return { attempts: [failed], parked: [parked(position)] };
  if (what === 'late') return { attempts: [failed, attempt(position, { number: 2 })], finished: [delivered(position)] };
  return { finished: [{ position, state: 'cancelled', reason: 'destination_gone' }] };
}
