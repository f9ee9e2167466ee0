import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Destination } from '../domain/destination.ts';
import type { LoggedEvent } from '../domain/event.ts';
import type { DeliveryRecord } from '../ports/delivery-history.ts';
import type { LaneStatus } from './lane-status.ts';
import { lanesOf } from '../domain/lane-plan.ts';
import { fatesOf } from './trace-event.ts';

const EVENT: LoggedEvent = {
  ...{ position: 7, source: 'web', type: 'track', messageId: 'm', name: 'Bought', user: null, integrations: null },
  ...{ receivedAtMs: 0, body: '{}' },
};
// Of a destination only what is looked at here.
const CRM = {
  ...{ id: 'crm', sources: ['web'], enabled: true, endpoints: [{ url: 'https://a.example' }] },
  delivery: { success: 'any', filter: {} },
} as unknown as Destination;
const RECORD: DeliveryRecord = {
  ...{ lane: 1, position: 7, laneId: 'crm', isLaneGone: false, state: 'dead', reason: 'http_500' },
  ...{ nextAttemptAtMs: null, attempts: [] },
};
const LANE = {
  ...{ destination: 'crm', waiting: 1, parked: 0, inFlight: 0, oldestAtMs: 0, expired: 0 },
  endpoints: [{ url: 'https://a.example', state: 'held', reason: 'circuit_breaker', sinceMs: 1 }],
} satisfies LaneStatus;

function fate({
  event = EVENT,
  destination = CRM,
  records = [],
  floor = 6,
  statuses = null,
}: {
  readonly event?: LoggedEvent;
  readonly destination?: Destination;
  readonly records?: readonly DeliveryRecord[];
  readonly floor?: number;
  readonly statuses?: readonly LaneStatus[] | null;
}): readonly (readonly [string, string | null, number])[] {
  const known = { deliveries: records, floors: new Map([['crm', floor]]) };
  return fatesOf(event, known, [destination], statuses).map(({ state, reason, deliveries }) => [
    state,
    reason,
    deliveries.length,
  ]);
}

describe('what became of an event at a destination', () => {
  it('is what its deliveries say, the most urgent of them first', () => {
    assert.deepEqual(fate({ records: [RECORD] }), [['dead', 'http_500', 1]]);
    const delivered: DeliveryRecord = { ...RECORD, lane: 2, laneId: 'crm/b', state: 'delivered', reason: null };
    assert.deepEqual(fate({ records: [delivered, RECORD] }), [['dead', 'http_500', 2]]);
  });

  it('is delivered where a replay delivered what was dead, and dead where that failed too', () => {
    const replayed: DeliveryRecord = { ...RECORD, lane: 2, laneId: 'crm@rpl_1', state: 'delivered', reason: null };
    assert.deepEqual(fate({ records: [replayed, RECORD] }), [['delivered', null, 2]]);
    assert.deepEqual(fate({ records: [{ ...replayed, state: 'dead', reason: 'timeout' }, RECORD] })[0]?.[0], 'dead');
  });

  it('waits while one of the endpoints that each have a delivery has none yet', () => {
    const [a, b] = ['https://a.example', 'https://b.example'];
    const delivery = { success: 'every', filter: {} };
    const every = { ...CRM, endpoints: [{ url: a }, { url: b }], delivery } as unknown as Destination;
    const [lane = ''] = lanesOf(every).map(({ id }) => id);
    const delivered: DeliveryRecord = { ...RECORD, laneId: lane, state: 'delivered', reason: null };
    assert.deepEqual(fate({ destination: every, records: [delivered] }), [['waiting', null, 1]]);
    const handedOver: DeliveryRecord = { ...RECORD, state: 'cancelled', reason: 'success_changed' };
    assert.deepEqual(fate({ records: [{ ...delivered, laneId: 'crm' }, handedOver] }), [['delivered', null, 2]]);
  });

  it('waits above the floor, and is held where every endpoint is', () => {
    assert.deepEqual(fate({}), [['waiting', null, 0]]);
    assert.deepEqual(fate({ statuses: [LANE] }), [['held', null, 0]]);
    const pending: DeliveryRecord = { ...RECORD, state: 'pending', reason: null };
    assert.deepEqual(fate({ records: [pending], statuses: [LANE] }), [['held', null, 1]]);
  });

  it('is filtered by whom the reason names, or not wanted at all', () => {
    assert.deepEqual(fate({ event: { ...EVENT, integrations: '{"All":false}' } }), [['filtered', 'integrations', 0]]);
    const filter = { types: { include: ['page' as const] } };
    const filtering = { ...CRM, delivery: { ...CRM.delivery, filter } };
    assert.deepEqual(fate({ destination: filtering }), [['filtered', 'filter', 0]]);
    assert.deepEqual(fate({ destination: { ...CRM, enabled: false } }), [['disabled', null, 0]]);
    assert.deepEqual(fate({ event: { ...EVENT, source: 'app' } }), []);
  });

  it('is unknown at or below the floor where nothing is left of it', () => {
    assert.deepEqual(fate({ floor: 7 }), [['unknown', null, 0]]);
  });
});
