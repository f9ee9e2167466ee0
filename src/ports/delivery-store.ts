import type { AttemptRecord } from '../domain/attempt.ts';
import type { Finished, LaneId, Parked } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';

/**
 * What each lane still owes: its floor, its parked deliveries, and what became of the others.
 *
 * Every implementation promises, and `test/conformance/delivery-store.suite.ts` checks:
 *
 * 1. **All or nothing.** A settlement's floor, finished and parked deliveries, attempts and counts are written
 *    together. After `kill -9` all of a settlement that resolved is there; after a power cut a store may fall back,
 *    but whole settlements at a time and newest first: that costs duplicates and no events.
 * 2. **One owner.** A settlement under a term that is over writes nothing.
 * 3. **Settling twice is harmless.** A delivery's key is (lane, position); the later settlement wins.
 * 4. **Floors never fall** and `due` never answers what is finished.
 * 5. **An unclean stop is known.** The first grant of each lane after one says so, and raises the suspicion of what
 *    may have been in flight.
 */
export interface DeliveryStore {
  /**
   * Takes, keeps or (`forMs` 0) gives back lanes for this node, and answers those it holds now. A lane that was never
   * held starts with its floor at `startAt`.
   */
  hold(
    node: string,
    lanes: readonly { readonly lane: LaneId; readonly startAt: Position }[],
    forMs: number,
  ): Promise<readonly Grant[]>;
  /** One transaction for many lanes. Answers the lanes whose term is over: nothing of those was written. */
  settle(batch: readonly Settlement[]): Promise<readonly LaneId[]>;
  /** Parked deliveries that are due, soonest due first, then oldest. The owner alone asks, so no claim is written. */
  due(lane: LaneId, term: number, nowMs: number, max: number): Promise<readonly Parked[]>;
  /** The earliest time at which something of this lane is due, or null when nothing will be by itself. */
  nextDueAtMs(lane: LaneId, term: number): Promise<number | null>;
  /**
   * Notes that attempts of these parked deliveries begin. Only for suspects (`suspicion` above 0), and resolved before
   * the attempt: if the process dies with it, the next start finds them in flight and suspects them more. So an event
   * that kills the process is found out, and no event can do it for ever; those that merely stood by are cleared.
   */
  begin(lane: LaneId, term: number, positions: readonly Position[]): Promise<void>;
  /** Makes dead deliveries due now, with their retries unspent. Answers how many. */
  retryNow(lane: LaneId, positions: readonly Position[] | 'all dead', nowMs: number, max: number): Promise<number>;
  floors(): Promise<ReadonlyMap<LaneId, Position>>;
  /** Forgets a lane: its parked deliveries become cancelled with the reason, its history stays. */
  drop(lane: LaneId, reason: string, nowMs: number): Promise<void>;
  /** Forgets finished deliveries, attempts and counts older than that. */
  prune(beforeMs: number): Promise<void>;
  /** Notes a clean stop: nothing is in flight any more. */
  close(): Promise<void>;
}

/** A lane, granted to a node for a term. */
export interface Grant {
  readonly lane: LaneId;
  /** Embedded: rises at each start, never ends. */
  readonly term: number;
  readonly untilMs: number;
  /** All at or below it is finished or parked. */
  readonly floor: Position;
  /** Finished or parked above the floor, rising: to be skipped. */
  readonly settledAbove: Float64Array;
  /** The last owner did not stop cleanly: what is above the floor may have been in flight. True once per stop. */
  readonly wasUnclean: boolean;
  readonly nextDueAtMs: number | null;
  /** Users with a parked delivery (for lanes that keep order). */
  readonly blockedUsers: readonly string[];
}

/** What one lane writes at once. */
export interface Settlement {
  readonly lane: LaneId;
  readonly term: number;
  readonly floor: Position;
  readonly atMs: number;
  readonly finished: readonly Finished[];
  readonly parked: readonly Parked[];
  readonly attempts: readonly AttemptRecord[];
  readonly counts: readonly MinuteCount[];
}

/** Attempts of one endpoint that ended in one minute with one outcome: added to what is there. */
export interface MinuteCount {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly endpoint: string;
  readonly outcome: string;
  /** Attempts per bucket of `LATENCY_BUCKETS_MS`, the last one being everything above. */
  readonly latencyBuckets: Uint32Array;
}

/** Upper bounds of latency buckets in milliseconds: about a factor of two apart, fine where services differ. */
export const LATENCY_BUCKETS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];
