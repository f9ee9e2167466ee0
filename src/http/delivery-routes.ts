import type { z } from 'zod';
import type { deliveryOperations } from '../contract/deliveries.ts';
import { type DeliveryKey, deliveryIdOf, deliveryKeyOf } from '../domain/delivery-id.ts';
import type { LaneId } from '../domain/delivery.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { eventIdOf, type Position, positionOf } from '../domain/event.ts';
import { destinationIdOf, lanesOf, replayIdOf } from '../domain/lane-plan.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { DeliveryPage, DeliveryQuery } from '../pipeline/find-deliveries.ts';
import type { DeliveryRecord } from '../ports/delivery-history.ts';
import type { HandlersOf } from './handlers.ts';
import { invalid, invalidCursor } from './parameters.ts';
import { shownAttempt } from './shown-attempt.ts';

export interface DeliveryRouteParts {
  readonly deliveries: {
    /** Of the log, for ids of events. */
    readonly epoch: number;
    /** See `DeliveryFinder.find`. */
    find(query: DeliveryQuery, from: DeliveryKey | null, limit: number): Promise<DeliveryPage>;
    /** Null: there is none, or no longer. */
    get(key: DeliveryKey): Promise<DeliveryRecord | null>;
    /** See `Dispatcher.retryDead`. */
    retryDead(asked: {
      readonly lane: LaneId;
      readonly positions: readonly Position[] | 'all dead';
      readonly max: number;
    }): Promise<number>;
    destinations(): readonly Destination[];
  };
}

/** What became of deliveries, and trying dead ones again. */
export function deliveryHandlers({ deliveries }: DeliveryRouteParts): HandlersOf<typeof deliveryOperations> {
  const { epoch } = deliveries;
  return {
    listDeliveries: async ({ query: { limit, cursor, ...asked } }) => {
      const page = await deliveries.find(queryOf(epoch, asked), cursorIn(cursor), limit);
      return {
        data: page.deliveries.map((delivery) => shownDelivery(epoch, delivery)),
        next: page.next === null ? null : deliveryIdOf(page.next),
      };
    },
    getDelivery: async ({ params: { id } }) => shownDelivery(epoch, await found(deliveries, id)),
    retryDelivery: async ({ params: { id } }, { noted }) => {
      const { laneId: lane, position, state, isLaneGone } = await found(deliveries, id);
      if (state !== 'dead') throw new SluiceError('delivery_not_dead', { id, state });
      if (isLaneGone) throw new SluiceError('delivery_lane_gone', { id });
      await noted({ action: 'delivery.retry', subject: id }, async () => {
        const retried = await deliveries.retryDead({ lane, positions: [position], max: 1 });
        if (retried === 0) throw new SluiceError('delivery_lane_gone', { id });
      });
      return shownDelivery(epoch, await found(deliveries, id));
    },
    retryDeliveries: async ({ query: { destination: id, limit } }, { noted }) => {
      const destination = deliveries.destinations().find((each) => each.id === id);
      if (destination === undefined) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
      const action = { action: 'destination.retry', subject: id, after: { limit } } as const;
      return noted(action, async () => retryAll(deliveries, destination, limit));
    },
  };
}

/** The dead of all lanes that a destination has, the oldest of each first. */
async function retryAll(
  deliveries: DeliveryRouteParts['deliveries'],
  destination: Destination,
  max: number,
): Promise<{ readonly retried: number; readonly hasMore: boolean }> {
  let retried = 0;
  for (const { id: lane } of lanesOf(destination)) {
    if (retried < max) retried += await deliveries.retryDead({ lane, positions: 'all dead', max: max - retried });
  }
  return { retried, hasMore: retried === max };
}

async function found(deliveries: DeliveryRouteParts['deliveries'], id: string): Promise<DeliveryRecord> {
  const key = deliveryKeyOf(id);
  const delivery = key === null ? null : await deliveries.get(key);
  if (delivery === null) throw new SluiceError('delivery_not_found', { id: id.slice(0, 64) });
  return delivery;
}

type ListQuery = z.output<(typeof deliveryOperations)['listDeliveries']['query']>;

/** @throws SluiceError `invalid_parameter` */
function queryOf(epoch: number, asked: Omit<ListQuery, 'limit' | 'cursor'>): DeliveryQuery {
  const { destination, state, event: eventId, from, to, endpoint, outcome, error, ...of } = asked;
  const event = eventId === undefined ? undefined : positionOf(epoch, eventId);
  if (event === null) throw invalid('event', 'must be the id of an event, such as evt_1f3k2m9q00000000007');
  const attempt = {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(error === undefined ? {} : { error }),
  };
  return {
    ...(destination === undefined ? {} : { destination }),
    ...(state === undefined ? {} : { state }),
    ...(event === undefined ? {} : { event }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(Object.keys(of).length === 0 ? {} : { of }),
    ...(Object.keys(attempt).length === 0 ? {} : { attempt }),
  };
}

function cursorIn(text: string | undefined): DeliveryKey | null {
  if (text === undefined) return null;
  const key = deliveryKeyOf(text);
  if (key === null) throw invalidCursor();
  return key;
}

function shownDelivery(epoch: number, { lane, position, laneId, state, reason, ...rest }: DeliveryRecord) {
  return {
    id: deliveryIdOf({ lane, position }),
    destination: destinationIdOf(laneId),
    replay: replayIdOf(laneId),
    event: eventIdOf(epoch, position),
    state,
    reason,
    nextAttemptAt: rest.nextAttemptAtMs === null ? null : isoOf(rest.nextAttemptAtMs),
    attempts: rest.attempts.map(shownAttempt),
  };
}
