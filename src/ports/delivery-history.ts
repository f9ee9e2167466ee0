import type { AttemptErrorCode, Outcome } from '../domain/attempt.ts';
import type { DeliveryKey } from '../domain/delivery-id.ts';
import type { DeliveryState, Ended, LaneId } from '../domain/delivery.ts';
import type { DiskUse } from '../domain/disk.ts';
import type { Position } from '../domain/event.ts';

/**
 * What became of deliveries, read beside whoever settles them: it delays no settlement, and shows what was settled when
 * it was asked. A delivery is there from the first attempt that was settled, until the history's retention is over.
 *
 * Every implementation promises, and `test/conformance/delivery-history.suite.ts` checks:
 *
 * 1. **As settled**: state, reason and attempts of one delivery are of one moment.
 * 2. **Newest events first**, and of one event the newest lane. A list that goes on after a delivery leaves out nothing
 *    that was there, and shows nothing twice, whatever is settled meanwhile; only states may have changed.
 */
export interface DeliveryHistory {
  list(ask: DeliveryAsk): Promise<readonly DeliveryRecord[]>;
  /** Null: there is none, or no longer. */
  get(key: DeliveryKey): Promise<DeliveryRecord | null>;
  /** All deliveries of one event and the floors of all lanes there are, of one moment. */
  ofEvent(position: Position): Promise<EventDeliveries>;
  /**
   * How many deliveries of a destination are dead in lanes that there are, so that they can be retried. Of each lane the
   * newest `rowsMax` deliveries at most are looked at that have an end of their own in the history.
   */
  dead(destination: string, rowsMax: number): Promise<DeadCount>;
  /** What was attempted, ended and owed, by time and all of one moment. Reads what was counted, and no attempt. */
  counts(ask: CountAsk): Promise<Counts>;
  /**
   * What the store's files take, with what waits in them, and what the history of each day has of it: by the days on
   * which attempts began and deliveries ended. Does not read them.
   */
  use(): Promise<DiskUse>;
  close(): Promise<void>;
}

/** All that is given must be so. */
export interface DeliveryAsk {
  /** Id of a destination, also of one that is gone. */
  readonly destination?: string;
  readonly state?: DeliveryState;
  /** Only of events above this position, and below the other. */
  readonly after: Position;
  readonly before: Position;
  /** Go on after this one, the last of the page before. */
  readonly from?: DeliveryKey;
  readonly max: number;
}

/** Whole minutes since 1970. */
export interface CountAsk {
  /** Id of a destination, also of one that is gone. */
  readonly destination?: string;
  /** URL of an endpoint. */
  readonly endpoint?: string;
  readonly from: number;
  /** Not with it. */
  readonly to: number;
  /** How many minutes are one span; spans begin at its multiples. */
  readonly step: number;
  /** One destination's minute is one: beyond so many nothing is read. */
  readonly minutesMax: number;
}

export interface Counts {
  /** By time, oldest first, destination, endpoint and outcome. */
  readonly attempts: readonly AttemptCount[];
  /** By time, oldest first, and lane. None where one endpoint was asked for: deliveries are the destination's. */
  readonly ended: readonly EndCount[];
  /** By time, oldest first, and destination, whichever endpoint was asked for. */
  readonly owed: readonly OwedCount[];
  /** Of the whole time, by destination and how many attempts, the most first. */
  readonly errors: readonly ErrorCount[];
}

/** Attempts that failed for one reason, of the whole time that was asked for. */
export interface ErrorCount {
  readonly destination: string;
  /** See `failureCodeOf`. */
  readonly code: string;
  readonly attempts: number;
  /** When the last of them began. */
  readonly lastAtMs: number;
}

/** What a destination was owed in one span, where that was anything or it was held when it was looked at. */
export interface OwedCount {
  /** When it begins, in minutes since 1970. */
  readonly minute: number;
  readonly destination: string;
  /** The most that were seen to wait. */
  readonly waiting: number;
  /** In how many of its minutes it was held when it was looked at. */
  readonly heldMinutes: number;
}

/**
 * Deliveries that ended in one span, of new events and of replays; one that was tried again by hand once more. What lanes
 * handed over to others has not ended.
 */
export interface EndCount extends Ended {
  /** When it begins, in minutes since 1970. */
  readonly minute: number;
  readonly destination: string;
}

/** Attempts that ended in one span. */
export interface AttemptCount {
  /** When it begins, in minutes since 1970. */
  readonly minute: number;
  readonly destination: string;
  readonly endpoint: string;
  readonly outcome: Outcome;
  /** Per bucket of `LATENCY_BUCKETS_MS`, the last one being everything above. */
  readonly latencyBuckets: readonly number[];
}

export interface DeadCount {
  readonly count: number;
  /** All were looked at: there are no more. */
  readonly isAll: boolean;
}

export interface EventDeliveries {
  readonly deliveries: readonly DeliveryRecord[];
  readonly floors: ReadonlyMap<LaneId, Position>;
}

export interface DeliveryRecord extends DeliveryKey {
  readonly laneId: LaneId;
  /** The lane is there no more: its destination, or its endpoint, is gone, or is carried by other lanes. */
  readonly isLaneGone: boolean;
  readonly state: DeliveryState;
  /** See `Finished.reason`. */
  readonly reason: string | null;
  /** Of one that is parked, unless it waits behind another. */
  readonly nextAttemptAtMs: number | null;
  /** As they were made. */
  readonly attempts: readonly PastAttempt[];
}

export interface PastAttempt {
  /** The endpoint's URL. */
  readonly endpoint: string;
  readonly number: number;
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly errorCode: AttemptErrorCode | null;
  /** See `AttemptRecord.exchange`. */
  readonly exchange: string | null;
}
