import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { AttemptRecord } from '../../src/domain/attempt.ts';
import type { CountAsk } from '../../src/ports/delivery-history.ts';
import type { MinuteCount, OwedSample, Settlement } from '../../src/ports/delivery-store.ts';
import {
  closePlace,
  type DeliveryHistoryBackend,
  type DeliveryHistoryPlace,
  settleAt,
} from './delivery-history.suite.ts';
import { AT_MS, attempt, dead, delivered, parked, settlement } from './settlements.ts';

const MINUTE_MS = 60_000;
const MINUTE = Math.floor(AT_MS / MINUTE_MS);
/** The beginning of the span that `MINUTE` is in. */
const SPAN = MINUTE - (MINUTE % 10);
const RANGE = { from: MINUTE - 100, to: MINUTE + 100, step: 10, minutesMax: 10_000 };

/** What was attempted and what ended, by time: `DeliveryHistory.counts`. */
export function deliveryHistoryCountsSuite(backend: DeliveryHistoryBackend): void {
  describe(`the counts of the delivery history (${backend.name})`, () => {
    let place: DeliveryHistoryPlace;

    beforeEach(async () => {
      place = await backend.place();
    });
    afterEach(async () => closePlace(place));

    const settle = async (lane: string, rest: Partial<Settlement>): Promise<void> => settleAt(place, lane, rest);
    const countsOf = (at: number, outcome: string, endpoint = 'https://a.example/'): MinuteCount => ({
      ...{ minute: at, endpoint, outcome, latencyBuckets: Uint32Array.from({ length: 16 }, (_, index) => index % 2) },
    });
    const counted = async (ask: Partial<CountAsk> = {}): Promise<readonly (readonly unknown[])[]> =>
      (await place.history.counts({ ...RANGE, ...ask })).attempts.map((count) => [
        ...[count.minute - SPAN, count.destination, count.endpoint.at(-2), count.outcome],
        count.latencyBuckets.reduce((sum, each) => sum + each, 0),
      ]);
    const ended = async (ask: Partial<CountAsk> = {}): Promise<readonly (readonly unknown[])[]> =>
      (await place.history.counts({ ...RANGE, ...ask })).ended.map((count) => [
        ...[count.minute - SPAN, count.destination, count.delivered, count.dead, count.cancelled],
      ]);

    const errors = async (ask: Partial<CountAsk> = {}): Promise<readonly (readonly unknown[])[]> =>
      (await place.history.counts({ ...RANGE, ...ask })).errors.map(({ destination, code, attempts, lastAtMs }) => [
        ...[destination, code, attempts, lastAtMs / MINUTE_MS - SPAN],
      ]);
    const owed = async (ask: Partial<CountAsk> = {}): Promise<readonly (readonly unknown[])[]> =>
      (await place.history.counts({ ...RANGE, ...ask })).owed.map((count) => [
        ...[count.minute - SPAN, count.destination, count.waiting, count.heldMinutes],
      ]);
    const sample = (destination: string, waiting: number, isHeld = false): OwedSample => ({
      ...{ destination, waiting, isHeld },
    });

    it('are what the minutes of each span, destination, endpoint and outcome add up to, oldest first', async () => {
      await settle('crm', { counts: [countsOf(SPAN + 11, 'failed'), countsOf(SPAN + 1, 'succeeded')] });
      await settle('crm', { counts: [countsOf(SPAN + 9, 'succeeded'), countsOf(SPAN + 1, 'succeeded')] });
      await settle('crm@rpl_1', { counts: [countsOf(SPAN + 1, 'failed', 'https://b.example/')] });
      await settle('other', { counts: [countsOf(SPAN + 1, 'failed')] });
      assert.deepEqual(await counted({ destination: 'crm' }), [
        [0, 'crm', 'e', 'succeeded', 24],
        [0, 'crm', 'e', 'failed', 8],
        [10, 'crm', 'e', 'failed', 8],
      ]);
      assert.equal((await counted()).length, 4);
      assert.equal((await counted({ endpoint: 'https://b.example/' })).length, 1);
      assert.deepEqual(await counted({ destination: 'crm', from: SPAN + 10, to: SPAN + 11 }), []);
      assert.deepEqual(await ended(), [], 'nothing ended');
    });

    it('are refused where they would read too much, with the way out', async () => {
      await settle('crm', { counts: [countsOf(MINUTE, 'failed')], finished: [dead(1)] });
      await assert.rejects(counted({ minutesMax: 199 }), /`from` begins too early .* ask for a shorter time/);
      assert.equal((await counted({ minutesMax: 200 })).length, 1);
    });

    it('have how deliveries ended, of each span and lane, oldest first', async () => {
      const at = (minute: number): number => (SPAN + minute) * MINUTE_MS + 59_999;
      await settle('crm', { atMs: at(11), finished: [dead(4)] });
      await settle('crm', { atMs: at(0), finished: [delivered(1), delivered(2)], attempts: [attempt(1), attempt(2)] });
      await settle('crm', { atMs: at(9), finished: [delivered(3), dead(5)], parked: [parked(6)] });
      await settle('crm@rpl_1', { atMs: at(1), finished: [delivered(1)] });
      await settle('crm/a', { atMs: at(1), finished: [dead(1)] });
      await settle('other', { atMs: at(1), finished: [{ position: 1, state: 'cancelled', reason: 'x' }] });
      await settle('other', { atMs: at(2), parked: [parked(2)], counts: [countsOf(SPAN + 2, 'failed')] });
      assert.deepEqual(await ended({ destination: 'crm' }), [
        [0, 'crm', 3, 1, 0],
        [0, 'crm', 1, 0, 0],
        [0, 'crm', 0, 1, 0],
        [10, 'crm', 0, 1, 0],
      ]);
      assert.deepEqual(await ended({ destination: 'other' }), [[0, 'other', 0, 0, 1]]);
      assert.deepEqual(await ended({ destination: 'crm', from: SPAN + 9, to: SPAN + 11 }), [[0, 'crm', 1, 1, 0]]);
      assert.deepEqual(await ended({ endpoint: 'https://a.example/' }), []);
    });

    it('have what attempts failed for, of the whole time and of each destination, the most first', async () => {
      const at = (minute: number): number => (SPAN + minute) * MINUTE_MS;
      const failed = (position: number, minute: number, more: Partial<AttemptRecord>): AttemptRecord =>
        attempt(position, { outcome: 'failed', status: 503, atMs: at(minute), ...more });
      await settle('crm', {
        attempts: [failed(1, 0, {}), failed(2, 0, {}), failed(3, 9, {}), attempt(4, { atMs: at(0) })],
      });
      await settle('crm@rpl_1', { attempts: [failed(1, 1, { status: null, errorCode: 'timeout' })] });
      await settle('crm/b', {
        attempts: [failed(1, 1, { outcome: 'rejected', status: 410, endpoint: 'https://b.example/' })],
      });
      await settle('other', { attempts: [failed(1, 2, { outcome: 'skipped', status: null }), failed(2, 2, {})] });
      assert.deepEqual(await errors(), [
        ['crm', 'http_503', 3, 9],
        ['crm', 'timeout', 1, 1],
        ['crm', 'http_410', 1, 1],
        ['other', 'http_503', 1, 2],
      ]);
      assert.deepEqual(await errors({ destination: 'crm', from: SPAN, to: SPAN + 1 }), [['crm', 'http_503', 2, 0]]);
      assert.deepEqual(await errors({ endpoint: 'https://b.example/' }), [['crm', 'http_410', 1, 1]]);
      await place.store.prune(at(9));
      assert.deepEqual(await errors(), [['crm', 'http_503', 1, 9]]);
    });

    it('count what ended in the minute of its settlement, and once more when it was tried again by hand', async () => {
      await settle('crm', { atMs: AT_MS, finished: [dead(1)] });
      await place.store.retryNow('crm', [1], AT_MS, 1);
      await settle('crm', { atMs: AT_MS + 20 * MINUTE_MS, finished: [delivered(1)] });
      assert.deepEqual(await ended(), [
        [MINUTE - (MINUTE % 10) - SPAN, 'crm', 0, 1, 0],
        [20, 'crm', 1, 0, 0],
      ]);
    });

    it('are not of a settlement under a term that is over, nor of one that was undone', async () => {
      await settle('crm', { finished: [dead(1)] });
      await place.store.settle([settlement('crm', -1, { finished: [dead(2)] })]);
      const spoilt = { ...countsOf(MINUTE, 'failed'), latencyBuckets: new Uint32Array(1) };
      await assert.rejects(settle('crm', { finished: [dead(2)], counts: [spoilt] }));
      assert.deepEqual(await ended(), [[0, 'crm', 0, 1, 0]]);
    });

    it('have as cancelled what a dropped lane owed, and not what lanes handed over to others', async () => {
      await settle('crm', { floor: 3, parked: [parked(1), parked(2)], finished: [dead(3)] });
      await place.store.handOver(['crm'], ['crm/a', 'crm/b'], 'success_changed', AT_MS);
      assert.deepEqual(await ended(), [[0, 'crm', 0, 1, 0]]);
      await place.store.drop('crm/a', 'endpoint_removed', AT_MS);
      await settle('idle', {});
      await place.store.drop('idle', 'destination_gone', AT_MS);
      assert.deepEqual(await ended(), [
        [0, 'crm', 0, 1, 0],
        [0, 'crm', 0, 0, 2],
      ]);
    });

    it('are forgotten with the rest of the history, by its age and by its size', async () => {
      for (const [index, minute] of [-50, -40, 0].entries())
        await settle('crm', {
          ...{ atMs: AT_MS + minute * MINUTE_MS, floor: index + 1, finished: [delivered(index + 1)] },
          ...{ attempts: [attempt(index + 1, { atMs: AT_MS + minute * MINUTE_MS })] },
          counts: [countsOf(MINUTE + minute, 'succeeded')],
        });
      const spans = async () => (await ended()).map(([span]) => span);
      await place.store.prune(AT_MS - 40 * MINUTE_MS);
      assert.deepEqual(await spans(), [-40, 0]);
      await place.store.prune(-Infinity, 150);
      assert.deepEqual(await spans(), [0]);
      assert.equal((await counted()).length, 1);
    });

    it('are kept of a lane that was dropped, for as long as it has any', async () => {
      await settle('crm', { floor: 1, parked: [parked(1)] });
      await place.store.drop('crm', 'destination_gone', AT_MS);
      await place.store.prune(AT_MS + 1);
      assert.deepEqual(await ended({ destination: 'crm' }), [[0, 'crm', 0, 0, 1]]);
      await place.store.prune(AT_MS + MINUTE_MS);
      assert.deepEqual(await ended({ destination: 'crm' }), []);
    });

    it('have the most that a destination was owed in each span, and in how many minutes it was held', async () => {
      await place.store.noteOwed(SPAN + 10, [sample('crm', 0, true)]);
      await place.store.noteOwed(SPAN, [sample('crm', 5), sample('other', 2)]);
      await place.store.noteOwed(SPAN + 1, [sample('crm', 9, true)]);
      await place.store.noteOwed(SPAN + 2, [sample('crm', 7, true)]);
      assert.deepEqual(await owed(), [
        [0, 'crm', 9, 2],
        [0, 'other', 2, 0],
        [10, 'crm', 0, 1],
      ]);
      const isOther = { destination: 'other', endpoint: 'https://a.example/' };
      assert.deepEqual(await owed(isOther), [[0, 'other', 2, 0]], 'whichever endpoint');
      assert.deepEqual(await owed({ destination: 'crm', from: SPAN + 2, to: SPAN + 10 }), [[0, 'crm', 7, 1]]);
      assert.deepEqual(await owed({ destination: 'none' }), []);
      assert.equal((await owed({ destination: 'crm', from: 0 })).length, 2, 'of whatever time');
      assert.deepEqual(await owed({ destination: 'crm', from: SPAN + 50, to: SPAN + 60 }), []);
      assert.deepEqual(await owed({ destination: 'crm', from: SPAN - 60, to: SPAN - 50 }), []);
    });

    it('have of two samples of a minute the larger number, and that it was held', async () => {
      await place.store.noteOwed(MINUTE, [sample('crm', 5, true)]);
      await place.store.noteOwed(MINUTE, [sample('crm', 9)]);
      await place.store.noteOwed(MINUTE, [sample('crm', 1)]);
      assert.deepEqual(await owed(), [[0, 'crm', 9, 1]]);
    });

    it('forget samples with the rest, also of a destination that is gone', async () => {
      for (const minute of [-50, -40, 0])
        await place.store.noteOwed(MINUTE + minute, [sample('crm', 1), ...(minute < 0 ? [sample('gone', 1)] : [])]);
      const spans = async () => (await owed()).map(([span, destination]) => [span, destination]);
      await place.store.prune(AT_MS - 40 * MINUTE_MS);
      assert.deepEqual(await spans(), [
        [-40, 'crm'],
        [-40, 'gone'],
        [0, 'crm'],
      ]);
      await place.store.prune(-Infinity, 50);
      assert.deepEqual(await spans(), [[0, 'crm']]);
    });
  });
}
