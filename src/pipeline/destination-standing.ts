import type { Destination } from '../domain/destination.ts';
import type { EndpointState } from '../domain/endpoint-standing.ts';
import type { EndpointStatus, LaneStatus } from './lane-status.ts';

/** How a destination stands, for whoever looks at it. */
export interface DestinationStanding {
  /** In the order of its settings. */
  readonly endpoints: readonly ShownEndpoint[];
  /** What it is still owed; null when that is not known now. */
  readonly owed: Owed | null;
  /** Nothing goes out to it: all of its endpoints are held or paused. Null when that is not known now. */
  readonly isHeld: boolean | null;
}

export type Owed = Pick<LaneStatus, 'waiting' | 'parked' | 'inFlight' | 'oldestAtMs' | 'expired'>;

export interface ShownEndpoint extends Pick<EndpointStatus, 'url' | 'reason' | 'sinceMs'> {
  /** Null when it is not known now. */
  readonly state: EndpointState | null;
}

const NOTHING: Owed = { waiting: 0, parked: 0, inFlight: 0, oldestAtMs: null, expired: 0 };
const UNKNOWN = { state: null, reason: null, sinceMs: null };
const OPEN = { state: 'open', reason: null, sinceMs: null } as const;

/**
 * Of a destination that is disabled nothing is known, because nothing is there: it is owed nothing, and no endpoint of it
 * is held or paused. One that is enabled and has no lane is about to get one, or its lanes are being changed.
 *
 * @param statuses of all destinations; null when nobody answers how they stand
 */
export function standingOf(destination: Destination, statuses: readonly LaneStatus[] | null): DestinationStanding {
  const { id, enabled, endpoints } = destination;
  if (!enabled) return { endpoints: endpoints.map(({ url }) => ({ url, ...OPEN })), owed: NOTHING, isHeld: false };
  const status = statuses?.find((each) => each.destination === id) ?? null;
  const shown = endpoints.map(({ url }): ShownEndpoint => {
    const known = status?.endpoints.find((each) => each.url === url);
    return known === undefined ? { url, ...UNKNOWN } : { ...known };
  });
  if (status === null) return { endpoints: shown, owed: null, isHeld: null };
  const { waiting, parked, inFlight, oldestAtMs, expired } = status;
  return { endpoints: shown, owed: { waiting, parked, inFlight, oldestAtMs, expired }, isHeld: isHeld(status) };
}

/** Nothing goes out to it for now. */
export function isHeld({ endpoints }: Pick<LaneStatus, 'endpoints'>): boolean {
  return endpoints.length > 0 && endpoints.every(({ state }) => state !== 'open');
}
