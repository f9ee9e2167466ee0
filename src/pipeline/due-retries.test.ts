import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent } from '../../test/support/reports.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Parked } from '../domain/delivery.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { EventReader } from '../ports/event-log.ts';
import { DueClock } from './due-clock.ts';
import { DueRetries } from './due-retries.ts';

describe('parked deliveries', () => {
  it('are not tried again by an answer that is older than what was settled meanwhile', async () => {
    const ambient = new SimulatedAmbient();
    const row: Parked = {
      ...{ position: 1, attempts: 1, user: null, batch: null, dueAtMs: ambient.nowMs(), suspicion: 0 },
    };
    const asked: ((rows: readonly Parked[]) => void)[] = [];
    const retries = new DueRetries({
      ...{ lane: 'd', term: 1, policy: null, ambient, clock: new DueClock(ambient) },
      log: {
        epoch: 1,
        get: async () => Promise.resolve(new Map([[1, { ...makeEvent(), position: 1 }]])),
      } as Partial<EventReader> as EventReader,
      store: {
        due: async () => new Promise((resolve) => asked.push(resolve)),
      } as Partial<DeliveryStore> as DeliveryStore,
      onReady: () => undefined,
      onDead: () => undefined,
      onFailure: assert.ifError,
    });
    retries.dueAt(ambient.nowMs());
    await ambient.advance(0);
    asked.shift()!([row]);
    await ambient.advance(0);
    assert.equal(retries.take()?.parked[0], row);

    // Another is due; before the store answers, what became of the first is settled.
    retries.dueAt(ambient.nowMs());
    await ambient.advance(0);
    retries.settling(1);
    retries.settled(1);
    asked.shift()!([row]);
    await ambient.advance(0);
    assert.equal(retries.take(), null);
  });
});
