import type { EndpointStanding } from '../domain/endpoint-standing.ts';

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

/** Lanes of one destination told as one, in the order of their first. */
export function perDestination(lanes: readonly LaneStatus[]): readonly LaneStatus[] {
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
