import type { FastifyInstance } from 'fastify';
import { ATTEMPT_ERRORS, OUTCOMES } from '../domain/attempt.ts';
import { type DeliveryKey, deliveryIdOf, deliveryKeyOf } from '../domain/delivery-id.ts';
import { DELIVERY_STATES, type LaneId } from '../domain/delivery.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { eventIdOf, type Position, positionOf } from '../domain/event.ts';
import { destinationIdOf, lanesOf, replayIdOf } from '../domain/lane-plan.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { DeliveryPage, DeliveryQuery } from '../pipeline/find-deliveries.ts';
import type { DeliveryRecord } from '../ports/delivery-history.ts';
import { EVENT_PARAMETERS, eventQueryIn } from './event-parameters.ts';
import { invalid, limitIn, type Parameters, parametersOf, timeIn } from './parameters.ts';
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

const PAGE = { most: 200, otherwise: 50 };
const OF_ATTEMPTS = ['endpoint', 'outcome', 'error'] as const;
const PARAMETERS = [
  ...(['destination', 'state', 'event', 'from', 'to', 'limit', 'cursor'] as const),
  ...EVENT_PARAMETERS,
  ...OF_ATTEMPTS,
] as const;
/** Retried by one request: a second's work for the store. */
const RETRIED = { most: 10_000, otherwise: 10_000 };

/** What became of deliveries, and trying dead ones again. */
export function registerDeliveries(api: FastifyInstance, { deliveries }: DeliveryRouteParts): void {
  const { epoch } = deliveries;
  api.get('/deliveries', async (request, reply) => {
    const asked = parametersOf(request, PARAMETERS);
    const query = queryIn(asked, epoch);
    const page = await deliveries.find(query, cursorIn(asked.cursor), limitIn(asked.limit, PAGE));
    return reply.send({
      data: page.deliveries.map((delivery) => shownDelivery(epoch, delivery)),
      next: page.next === null ? null : deliveryIdOf(page.next),
    });
  });
  api.get('/deliveries/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    return reply.send(shownDelivery(epoch, await found(deliveries, id)));
  });
  api.post('/deliveries/:id/retry', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const { laneId: lane, position, state, isLaneGone } = await found(deliveries, id);
    if (state !== 'dead') throw new SluiceError('delivery_not_dead', { id, state });
    if (isLaneGone || (await deliveries.retryDead({ lane, positions: [position], max: 1 })) === 0)
      throw new SluiceError('delivery_lane_gone', { id });
    return reply.code(202).send(shownDelivery(epoch, await found(deliveries, id)));
  });
  api.post('/deliveries/retry', async (request, reply) => {
    const { destination, limit } = parametersOf(request, ['destination', 'limit']);
    if (destination === undefined) throw invalid('destination', 'is needed: the id of a destination');
    return reply.code(202).send(await retryAll(deliveries, destination, limitIn(limit, RETRIED)));
  });
}

/** The dead of all lanes that a destination has, the oldest of each first. */
async function retryAll(
  deliveries: DeliveryRouteParts['deliveries'],
  id: string,
  max: number,
): Promise<{ readonly retried: number; readonly hasMore: boolean }> {
  const destination = deliveries.destinations().find((each) => each.id === id);
  if (destination === undefined) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
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

function queryIn(asked: Parameters<(typeof PARAMETERS)[number]>, epoch: number): DeliveryQuery {
  const { destination } = asked;
  const state = DELIVERY_STATES.find((each) => each === asked.state);
  if (asked.state !== undefined && state === undefined)
    throw invalid('state', `must be one of ${DELIVERY_STATES.join(', ')}`);
  const event = asked.event === undefined ? undefined : positionOf(epoch, asked.event);
  if (event === null) throw invalid('event', 'must be the id of an event, such as evt_1f3k2m9q00000000007');
  const of = eventQueryIn(asked);
  const isOfEvents = Object.keys(of).length > 0;
  if (isOfEvents && event !== undefined)
    throw invalid('event', `cannot go with ${EVENT_PARAMETERS.join(', ')}: it names one event already`);
  const attempt = attemptQueryIn(asked);
  const fromMs = timeIn('from', asked.from);
  const toMs = timeIn('to', asked.to);
  return {
    ...(destination === undefined ? {} : { destination }),
    ...(state === undefined ? {} : { state }),
    ...(event === undefined ? {} : { event }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(isOfEvents ? { of } : {}),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

function attemptQueryIn({
  endpoint,
  outcome: named,
  error,
}: Parameters<(typeof OF_ATTEMPTS)[number]>): DeliveryQuery['attempt'] {
  if (endpoint === undefined && named === undefined && error === undefined) return undefined;
  const outcome = OUTCOMES.find((each) => each === named);
  if (named !== undefined && outcome === undefined) throw invalid('outcome', `must be one of ${OUTCOMES.join(', ')}`);
  if (error !== undefined && !isErrorCode(error))
    throw invalid('error', 'must be the code of an attempt that did not succeed, such as timeout or http_503');
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(error === undefined ? {} : { error }),
  };
}

function isErrorCode(text: string): text is NonNullable<NonNullable<DeliveryQuery['attempt']>['error']> {
  return Object.hasOwn(ATTEMPT_ERRORS, text) || /^http_[1-5]\d\d$/.test(text);
}

function cursorIn(text: string | undefined): DeliveryKey | null {
  if (text === undefined) return null;
  const key = deliveryKeyOf(text);
  if (key === null) throw invalid('cursor', 'must be the `next` of the page before');
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
