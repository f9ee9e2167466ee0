import type { LaneId } from '../domain/delivery.ts';
import type { EndpointStanding } from '../domain/endpoint-standing.ts';
import type { Position } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { EventReader } from '../ports/event-log.ts';
import type { LaneEndpoint } from './deliver.ts';
import type { Gates } from './gates.ts';
import type { Intake } from './intake.ts';
import type { Outcomes } from './outcomes.ts';

export interface EndpointStatus extends EndpointStanding {
  readonly url: string;
}

/**
 * How one destination stands: what it is still owed, and since when. With `success: every` an event counts once for
 * each endpoint that it is owed to.
 */
export interface LaneStatus {
  readonly destination: string;
  /** Accepted events that are not delivered to it yet, nor dead: those that wait for a retry are among them. */
  readonly waiting: number;
  /** Of these: those that wait for a retry. */
  readonly parked: number;
  readonly inFlight: number;
  /** When the oldest of those that wait was received; null when none waits. */
  readonly oldestAtMs: number | null;
  /** Events that went past the retention of the log before it took them, since the destination was made. */
  readonly expired: number;
  readonly endpoints: readonly EndpointStatus[];
}

/** What a lane's status is made of. */
export interface LaneStatusParts {
  readonly destination: string;
  readonly endpoints: readonly LaneEndpoint[];
  readonly log: Pick<EventReader, 'get'>;
  readonly gates: Pick<Gates, 'inFlight'>;
  readonly intake: Pick<Intake, 'waiting' | 'unsettled' | 'oldest'>;
  readonly outcomes: Pick<Outcomes, 'parked' | 'expired'>;
}

/** @param isCounted what the lane has not taken yet is counted in the log; else `waiting` is without it */
export async function statusOf(
  { destination, endpoints, log, gates, intake, outcomes }: LaneStatusParts,
  oldestParked: Position | null,
  isCounted: boolean,
): Promise<LaneStatus> {
  const untaken = isCounted ? await intake.waiting() : 0;
  const { parked, expired } = outcomes;
  // What was parked last may have ended, and its row be there until that is settled.
  const owed = [await intake.oldest(), parked > 0 ? oldestParked : null].filter((position) => position !== null);
  const times = [...(await log.get(owed)).values()].map(({ receivedAtMs }) => receivedAtMs);
  return {
    destination,
    waiting: untaken + intake.unsettled + parked,
    parked,
    inFlight: gates.inFlight,
    oldestAtMs: times.length === 0 ? null : Math.min(...times),
    expired,
    endpoints: endpoints.map(({ url, gate }) => ({ url, ...gate.standing })),
  };
}

/** Lanes of one destination told as one, in the order of their first. */
function perDestination(lanes: readonly LaneStatus[]): readonly LaneStatus[] {
  const byDestination = Map.groupBy(lanes, ({ destination }) => destination);
  return [...byDestination.values()].map((sharing) => sharing.reduce(sumOf));
}

function sumOf(one: LaneStatus, other: LaneStatus): LaneStatus {
  const times = [one.oldestAtMs, other.oldestAtMs].filter((atMs) => atMs !== null);
  return {
    destination: one.destination,
    waiting: one.waiting + other.waiting,
    parked: one.parked + other.parked,
    inFlight: one.inFlight + other.inFlight,
    oldestAtMs: times.length === 0 ? null : Math.min(...times),
    expired: one.expired + other.expired,
    endpoints: [...one.endpoints, ...other.endpoints],
  };
}

interface StandingLane {
  readonly id: LaneId;
  status(oldestParked: Position | null, isCounted: boolean): Promise<LaneStatus>;
}

/** One lane after the other, with pauses in which attempts go on. See `Lane.status`. */
export async function statusesOf(
  lanes: readonly StandingLane[],
  { store, ambient }: { readonly store: Pick<DeliveryStore, 'oldestParked'>; readonly ambient: Pick<Ambient, 'soon'> },
  isCounted: boolean,
): Promise<readonly LaneStatus[]> {
  const oldestParked = await store.oldestParked();
  const statuses: LaneStatus[] = [];
  for (const lane of lanes) {
    statuses.push(await lane.status(oldestParked.get(lane.id) ?? null, isCounted));
    await new Promise<void>((resolve) => {
      ambient.soon(resolve);
    });
  }
  return perDestination(statuses);
}
