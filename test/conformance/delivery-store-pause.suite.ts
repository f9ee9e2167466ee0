import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { DeliveryStore } from '../../src/ports/delivery-store.ts';
import type { DeliveryStoreBackend, DeliveryStorePlace } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, settlement } from './settlements.ts';

/** Which endpoints are paused, by what they answered or by hand. */
export function deliveryStorePauseSuite(backend: DeliveryStoreBackend): void {
  describe(`a paused endpoint in the delivery store (${backend.name})`, () => {
    let place: DeliveryStorePlace;
    let store: DeliveryStore;
    let term: number;

    beforeEach(async () => {
      place = backend.place();
      store = await place.open(NOW_MS);
      const [grant] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
      assert.ok(grant !== undefined);
      term = grant.term;
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const one = { destination: 'crm', url: 'https://crm.example/', reason: 'http_410', sinceMs: NOW_MS };
    const other = { ...one, url: 'https://crm.example/other' };

    it('is known from the settlement on, until it is resumed', async () => {
      await store.settle([settlement('crm', term, { paused: [one, other] })]);
      assert.deepEqual(await store.paused(), [one, other]);
      await store.resume([one]);
      assert.deepEqual(await store.paused(), [other]);
    });

    it('stays as it was when it is paused again', async () => {
      await store.settle([settlement('crm', term, { paused: [one] })]);
      await store.settle([settlement('crm', term, { paused: [{ ...one, sinceMs: NOW_MS + 9 }] })]);
      assert.deepEqual(await store.paused(), [one]);
    });

    it('outlives the lane, and the process', async () => {
      await store.settle([settlement('crm', term, { paused: [one] })]);
      await store.drop('crm', 'endpoint_removed', NOW_MS);
      store = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await store.paused(), [one]);
    });

    it('is paused by hand as well, whatever lanes there are, and stays as it was when it was paused before', async () => {
      await store.settle([settlement('crm', term, { paused: [one] })]);
      const byHand = { destination: 'ads', url: one.url, reason: 'operator', sinceMs: NOW_MS };
      await store.pause([{ ...one, reason: 'operator', sinceMs: NOW_MS + 9 }, byHand]);
      assert.deepEqual(await store.paused(), [byHand, one]);
      store = await place.openAsIfKilled(NOW_MS);
      assert.deepEqual(await store.paused(), [byHand, one]);
    });

    it('is not paused under a term that is over', async () => {
      await store.settle([settlement('crm', term + 1, { paused: [one] })]);
      assert.deepEqual(await store.paused(), []);
    });
  });
}
