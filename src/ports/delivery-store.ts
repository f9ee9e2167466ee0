import type { AttemptRecord } from '../domain/attempt.ts';
import type { Finished, LaneId, Parked, PausedEndpoint } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';
import type { ReplayProgress } from '../domain/replay.ts';

/**
 * What each lane still owes: its floor, its parked deliveries, and what became of the others.
 *
 * Every implementation promises, and `test/conformance/delivery-store.suite.ts` checks:
 *
 * 1. **All or nothing.** A settlement's floor, finished and parked deliveries, attempts, counts and pauses are written
 *    together. After `kill -9` all of a settlement that resolved is there; after a power cut a store may fall back,
 *    but whole settlements at a time and newest first: that costs duplicates and no events.
 * 2. **One owner.** Under a term that is over nothing is written, and nothing is due.
 * 3. **Settling twice is harmless.** A delivery's key is (lane, position); the later settlement wins. An attempt that
 *    is there stays as it is. Counts alone are added each time, of attempts and of what ended.
 * 4. **Floors never fall** and `due` never answers what is finished.
 * 5. **An unclean stop is known.** The first grant of each lane after one says so. What `begin` had noted and nobody
 *    settled is suspected one more, at least 2; what was parked and due by then may have been in flight unnoted, and is
 *    suspected at least 1. What is above the floor and not parked is the lane's to suspect.
 * 6. **A user's turn.** When a delivery that was parked for a user is finished, and none of that user's that are still
 *    parked in the lane has a time, the one of the lowest position becomes due at the settlement's `atMs`, in the same
 *    transaction: so a user's deliveries wait behind each other (`dueAtMs` null), and none of them for ever.
 */
export interface DeliveryStore {
  /**
   * Takes, keeps or (`forMs` 0) gives back lanes for this node, and answers those of them that it holds now. A lane
   * that was never held, or was dropped, starts with its floor at `startAt`; once this resolves it does so after a power
   * cut too, or else it would start anew there and miss what came between. Taking a lane that nobody holds begins a new
   * term.
   */
  hold(
    node: string,
    lanes: readonly { readonly lane: LaneId; readonly startAt: Position }[],
    forMs: number,
  ): Promise<readonly Grant[]>;
  /**
   * One transaction for many lanes. Answers the lanes whose term is over: nothing of those was written. Rejects
   * `store_full` when the disk has no room: nothing was written, and the same may be settled again.
   */
  settle(batch: readonly Settlement[]): Promise<readonly LaneId[]>;
  /**
   * The parked deliveries that fall due first, by time and then position: those due at `untilMs` or before, at most
   * `max`. The owner alone asks, so no claim is written, and what is being tried is answered again.
   */
  due(lane: LaneId, term: number, untilMs: number, max: number): Promise<readonly Parked[]>;
  /** The parked deliveries of a batch, by position. Nothing under a term that is over. */
  batch(lane: LaneId, term: number, batch: string): Promise<readonly Parked[]>;
  /**
   * Notes that attempts of these parked deliveries begin. Only for suspects (`suspicion` above 0), and resolved before
   * the attempt: if the process dies with it, the next start finds them in flight and suspects them more. So an event
   * that kills the process is found out, and no event can do it for ever; those that merely stood by are cleared.
   */
  begin(lane: LaneId, term: number, positions: readonly Position[]): Promise<void>;
  /**
   * Keeps no order any more in this lane: what waits behind others of its user is due now, or when it was, and no
   * parked delivery has a user. A little at a time, so that other lanes settle meanwhile.
   */
  dissolveOrder(lane: LaneId, term: number, nowMs: number): Promise<void>;
  /**
   * Makes dead deliveries due now, with their retries unspent, without a user to keep in order and above suspicion.
   * All others are left as they are. Answers how many, at most `max`; with 'all dead' the oldest first.
   */
  retryNow(lane: LaneId, positions: readonly Position[] | 'all dead', nowMs: number, max: number): Promise<number>;
  /**
   * How many deliveries of these lanes have ended, by how, since the lane was made: written with the settlements. Kept
   * for lanes of replays alone, and also once such a lane was dropped, for as long as it has a history.
   */
  progress(lanes: readonly LaneId[]): Promise<ReadonlyMap<LaneId, ReplayProgress>>;
  floors(): Promise<ReadonlyMap<LaneId, Position>>;
  /** The oldest parked position of each lane that has one. */
  oldestParked(): Promise<ReadonlyMap<LaneId, Position>>;
  /**
   * Forgets a lane, whoever holds it: its parked deliveries become cancelled with the reason, its history stays. Held
   * again it is another lane, which knows nothing of the first.
   */
  drop(lane: LaneId, reason: string, nowMs: number): Promise<void>;
  /**
   * Gives lanes that there are not what others owe, when deliveries that a destination's endpoints shared become each
   * one's own, or the other way round. In one transaction:
   *
   * - The new lanes begin at the lowest floor of the old. What an old one delivered above it is delivered for them;
   *   what ended otherwise in each of the old is ended so.
   * - What is parked in an old lane, and was delivered by none, is parked in each of the new, with the fewest attempts
   *   and the soonest time that it had. So is what is suspected, and an unclean stop is the new lanes' to know. Of a
   *   user's that all waited behind others, the first is due now.
   * - The first of the new lanes counts what expired in the old.
   * - The old lanes are dropped, as by `drop`.
   *
   * Old lanes that there are not count for nothing. A new one that is there makes it all a mistake of the caller's.
   */
  handOver(from: readonly LaneId[], to: readonly LaneId[], reason: string, nowMs: number): Promise<void>;
  /**
   * Forgets finished deliveries, attempts, counts and samples older than that, and of the oldest so much more that those that
   * are left take about `bytesMax`, a little at a time so that settling goes on. Whatever its age, a parked delivery
   * stays with its attempts, and so does all that is above a floor; neither counts for the size once others of its time
   * are gone.
   *
   * @param bytesMax without it, any size will do
   */
  prune(beforeMs: number, bytesMax?: number | null): Promise<void>;
  /**
   * Forgets of these events whom they are about and what attempts were answered, from every file when it resolves. While
   * this store is open, attempts that are settled of them later keep no answer either. What is parked of them is due, in
   * no batch, and nothing waits behind it for its user's turn. Of a lane that keeps the order of users, to be asked for
   * while nobody holds that lane in memory.
   *
   * Rejects `file_pinned` and `store_full`: to be asked for again.
   */
  erase(positions: readonly Position[], nowMs: number): Promise<void>;
  /**
   * Keeps what destinations are owed at a moment of this minute, in one transaction, for as long as the history of that
   * time is kept. Of two samples of a minute the larger number is kept, and that one of them was held. Rejects
   * `store_full`.
   *
   * @param minute since 1970
   */
  noteOwed(minute: number, samples: readonly OwedSample[]): Promise<void>;
  /** All endpoints that are paused, whichever lanes there are. */
  paused(): Promise<readonly PausedEndpoint[]>;
  /**
   * These are paused from now on, over a power cut too once it resolves; one that is already stays as it is. Rejects
   * `store_full`.
   */
  pause(endpoints: readonly PausedEndpoint[]): Promise<void>;
  /** Forgets that these are paused, as lastingly. */
  resume(endpoints: readonly Pick<PausedEndpoint, 'destination' | 'url'>[]): Promise<void>;
  /** What was settled until now survives a power cut too, once it resolves. */
  sync(): Promise<void>;
  /** Notes a clean stop: nothing is in flight any more. */
  close(): Promise<void>;
}

/** A lane, granted to a node for a term. */
export interface Grant {
  readonly lane: LaneId;
  /** What the lane's deliveries are known by (`DeliveryKey.lane`): no other lane ever has it. */
  readonly number: number;
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
  /** How many are parked. */
  readonly parked: number;
  /** Sum of what was settled as expired. */
  readonly expired: number;
  /** Users with parked deliveries, and how many each has. Empty for a lane that keeps no order. */
  readonly blockedUsers: ReadonlyMap<string, number>;
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
  /** Events that the log is about to forget and this lane never took: added to what is there. */
  readonly expired: number;
  /** Endpoints that are paused from now on; one that is already stays as it is. */
  readonly paused: readonly PausedEndpoint[];
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

/** What one destination is owed at a moment. */
export interface OwedSample {
  readonly destination: string;
  /** Events that are not delivered to it yet, nor dead. */
  readonly waiting: number;
  /** Nothing goes out to it: all of its endpoints are held or paused. */
  readonly isHeld: boolean;
}

/** Upper bounds of latency buckets in milliseconds: about a factor of two apart, fine where services differ. */
export const LATENCY_BUCKETS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000,
];
