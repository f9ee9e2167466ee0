import type { Position } from './event.ts';

/**
 * Whose deliveries a lane carries: a destination's id with `success: any`, `<destination>/<endpoint key>` with `every`
 * (`lanesOf`). Another shape to come: a replay's id. A delivery is (lane, position).
 */
export type LaneId = string;

export const DELIVERY_STATES = ['pending', 'delivered', 'dead', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const END_STATES = ['delivered', 'dead', 'cancelled'] as const satisfies readonly DeliveryState[];
/** How many deliveries ended, by how. */
export type Ended = Readonly<Record<(typeof END_STATES)[number], number>>;

export const FATE_STATES = [
  ...END_STATES,
  ...(['waiting', 'held', 'filtered', 'disabled', 'unknown'] as const),
] as const;
/** What became of an event at a destination (`fatesOf`): the state of its delivery, or why there is none. */
export type FateState = (typeof FATE_STATES)[number];

/** An endpoint that is sent nothing until somebody resumes it, however the lanes of its destination are called. */
export interface PausedEndpoint {
  readonly destination: string;
  readonly url: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** A delivery that ended. */
export interface Finished {
  readonly position: Position;
  readonly state: keyof Ended;
  /**
   * Why it is dead or cancelled: an attempt error's code, `http_<status>`, `event_expired`, `event_erased`;
   * `destination_gone`, `endpoint_removed`, `success_changed`.
   */
  readonly reason: string | null;
}

/** A delivery that waits as a row until it is due again. */
export interface Parked {
  readonly position: Position;
  /** Rounds of attempts already made. */
  readonly attempts: number;
  /** Whose order is kept: null in a lane that keeps none, and for what was retried by hand. */
  readonly user: string | null;
  /** Id of the batch that was sent and is parked as one, or null. */
  readonly batch: string | null;
  /** Null: behind an earlier event of its user. */
  readonly dueAtMs: number | null;
  /**
   * How much this event is suspected of killing the process: 0 not at all, 1 it may have been in flight when the
   * process died, n + 1 it was found in flight n times. See promise 5 of `DeliveryStore`, and its `begin`.
   */
  readonly suspicion: number;
}

/** Adds up how these ended. */
export function endedOf(finished: readonly Pick<Finished, 'state'>[]): Ended {
  const ended = { delivered: 0, dead: 0, cancelled: 0 };
  for (const { state } of finished) ended[state] += 1;
  return ended;
}
