import type { DeliveryState, Ended, LaneId } from './delivery.ts';
import type { EventQuery } from './event-query.ts';
import type { CallType, Position } from './event.ts';

/** `rpl_` and 16 characters, chosen at random. */
export type ReplayId = string;

/**
 *     counting ──counted──▶ running ⇄ paused ──all ended──▶ finished
 *        └─────────────────────┴─────────┴─────cancel──────▶ cancelled
 */
export const REPLAY_STATES = ['counting', 'running', 'paused', 'finished', 'cancelled'] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

/** Which events to send again: all that is given must be so. */
export interface ReplayFilter extends Omit<EventQuery, 'type' | 'fromMs' | 'toMs'> {
  /** Of a call: what told destinations of an erasure is not sent again. */
  readonly type?: CallType;
  /** Whose delivery to the replay's destination is in this state when the replay is counted. */
  readonly state?: DeliveryState;
  /** Of these alone, in the order of the log. */
  readonly positions?: readonly Position[];
}

/** A replay as it was asked for, and as far as it has come. */
export interface Replay {
  readonly id: ReplayId;
  readonly destination: string;
  readonly filter: ReplayFilter;
  /** Ids of the sources whose events it sends: the filter's, or those that the destination had. */
  readonly sources: readonly string[];
  /** As asked for; null is from the oldest event that there is. */
  readonly fromMs: number | null;
  /** Null was until the replay was made. */
  readonly toMs: number | null;
  /** What of the log it covers. */
  readonly after: Position;
  readonly upTo: Position;
  /** Attempts per second at most; null is as many as there is room for. */
  readonly ratePerSecond: number | null;
  readonly state: ReplayState;
  /** Why it ended before all was sent; null otherwise. */
  readonly reason: ReplayEndReason | null;
  /** Events that it is about. While it is counted: so far. */
  readonly events: number;
  /** Its lanes, once it runs. With `success: every` one per endpoint: each event is a delivery in each. */
  readonly lanes: readonly LaneId[];
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  /** What its deliveries came to. While it runs, as it was last looked at. */
  readonly progress: ReplayProgress;
}

export const REPLAY_END_REASONS = ['cancelled', 'destination_gone', 'too_many_events', 'person_erased'] as const;
export type ReplayEndReason = (typeof REPLAY_END_REASONS)[number];

/** Stands in a filter in place of whom a replay was about, once that person is erased. */
export const ERASED_USER = '(erased)';

/** Deliveries that ended, by how. */
export interface ReplayProgress extends Ended {
  /** The log had to forget them before they were sent. */
  readonly expired: number;
}

export const NO_PROGRESS: ReplayProgress = { delivered: 0, dead: 0, cancelled: 0, expired: 0 };

/** What the lanes of a replay are told of it. */
export interface ReplaySlice extends Pick<
  Replay,
  'id' | 'destination' | 'sources' | 'after' | 'upTo' | 'ratePerSecond' | 'lanes'
> {
  readonly query: EventQuery;
  /** Its events, rising, where the log is not searched for them. */
  readonly positions: Float64Array | null;
  readonly isPaused: boolean;
}

export function isUnfinished({ state }: Pick<Replay, 'state'>): boolean {
  return state !== 'finished' && state !== 'cancelled';
}

/** Deliveries that it will have made when it is through. */
export function totalOf({ events, lanes }: Pick<Replay, 'events' | 'lanes'>): number {
  return events * Math.max(1, lanes.length);
}

export function doneOf({ delivered, dead, cancelled, expired }: ReplayProgress): number {
  return delivered + dead + cancelled + expired;
}

export function sumOfProgress(all: readonly ReplayProgress[]): ReplayProgress {
  return all.reduce(
    (one, other) => ({
      delivered: one.delivered + other.delivered,
      dead: one.dead + other.dead,
      cancelled: one.cancelled + other.cancelled,
      expired: one.expired + other.expired,
    }),
    NO_PROGRESS,
  );
}
