import type { DeliveryState, FateState, LaneId } from '../domain/delivery.ts';
import { deliveryIdOf } from '../domain/delivery-id.ts';
import { type Destination, WEBHOOKS_NAMES } from '../domain/destination.ts';
import type { LoggedEvent, NewEvent } from '../domain/event.ts';
import { makeFilter } from '../domain/filter.ts';
import { isMeantFor } from '../domain/integrations.ts';
import { besideOf, destinationIdOf, lanesOf } from '../domain/lane-plan.ts';
import { assert } from '../lib/assert.ts';
import type { DeliveryRecord, EventDeliveries } from '../ports/delivery-history.ts';
import { isHeld } from './destination-standing.ts';
import type { LaneStatus } from './lane-status.ts';

/** What became of an event at one destination. */
export interface Fate {
  readonly destination: string;
  readonly state: FateState;
  /** Of `dead` and `cancelled` the delivery's; of `filtered` whether `integrations` or `filter` keeps it away. */
  readonly reason: string | null;
  /** Ids of its deliveries, as far as the history has any. */
  readonly deliveries: readonly string[];
}

/**
 * What became of an event at each destination that has something to do with it: those of its source, and those that
 * have a delivery of it. Deliveries say it; where there is none, the destination as it is now and its lanes' floors do,
 * so that nothing need be written about events that are not delivered.
 *
 * `unknown` is an event that a lane is through with and of which nothing is left: it came before the destination was made
 * or enabled, was kept away by a filter that has changed since, expired, or is past the history's retention.
 *
 * @param statuses null when nobody knows which endpoints are held: then nothing is said to be
 */
export function fatesOf(
  event: LoggedEvent,
  known: EventDeliveries,
  destinations: readonly Destination[],
  statuses: readonly LaneStatus[] | null,
): readonly Fate[] {
  const byDestination = Map.groupBy(known.deliveries, ({ laneId }) => destinationIdOf(laneId));
  const byId = new Map(destinations.map((destination) => [destination.id, destination]));
  const held = new Set(statuses?.filter(isHeld).map(({ destination }) => destination) ?? []);
  const waiting = (destination: string): FateState => (held.has(destination) ? 'held' : 'waiting');
  const present = destinations.filter(({ id, sources }) => sources.includes(event.source) && !byDestination.has(id));
  return [
    ...[...byDestination].map(([destination, found]): Fate => {
      const owed = owedLanes(event, byId.get(destination), known);
      const { state, reason } = endOf(found, owed);
      const shown = state === 'pending' ? waiting(destination) : state;
      return { destination, state: shown, reason, deliveries: found.map(deliveryIdOf) };
    }),
    ...present.map((destination): Fate => {
      const { id } = destination;
      const none = { destination: id, reason: null, deliveries: [] };
      if (!destination.enabled) return { ...none, state: 'disabled' };
      const reason = keptAwayBy(event, destination);
      if (reason !== null) return { ...none, state: 'filtered', reason };
      return { ...none, state: owedLanes(event, destination, known).length > 0 ? waiting(id) : 'unknown' };
    }),
  ];
}

/** The state that most needs somebody's eye is first. */
const URGENCY: readonly DeliveryState[] = ['pending', 'dead', 'cancelled', 'delivered'];
/** What was delivered once is, whatever a replay of it came to, or what came before the replay. */
const OF_ONE_LANE: readonly DeliveryState[] = ['delivered', 'pending', 'dead', 'cancelled'];

type End = Pick<DeliveryRecord, 'state' | 'reason'>;

/** @param owed lanes that have not come to the event yet */
function endOf(found: readonly DeliveryRecord[], owed: readonly LaneId[]): End {
  // What was handed over to other lanes is theirs.
  const own = found.filter(({ reason }) => reason !== 'success_changed');
  const byLane = Map.groupBy(own.length > 0 ? own : found, ({ laneId }) => besideOf(laneId));
  const waiting = owed.filter((lane) => !byLane.has(lane)).map((): End => ({ state: 'pending', reason: null }));
  const ends = [...byLane.values()].map((records): End => first(records, OF_ONE_LANE));
  return first([...ends, ...waiting], URGENCY);
}

function first(ends: readonly End[], order: readonly DeliveryState[]): End {
  const [end] = ends.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  assert(end !== undefined, 'there is a delivery');
  return { state: end.state, reason: end.reason };
}

/** Lanes of a destination that the event is still to come to. */
function owedLanes(
  event: LoggedEvent,
  destination: Destination | undefined,
  { floors }: EventDeliveries,
): readonly LaneId[] {
  if (destination?.enabled !== true || !destination.sources.includes(event.source)) return [];
  if (keptAwayBy(event, destination) !== null) return [];
  const lanes = lanesOf(destination).map(({ id }) => id);
  return lanes.filter((lane) => event.position > (floors.get(lane) ?? 0));
}

/** What keeps an event of its sources away from a destination. */
export function keptAwayBy(
  event: NewEvent,
  { delivery }: Pick<Destination, 'delivery'>,
): 'integrations' | 'filter' | null {
  if (!isMeantFor(event.integrations, WEBHOOKS_NAMES)) return 'integrations';
  return makeFilter(delivery.filter)?.(event) === false ? 'filter' : null;
}
