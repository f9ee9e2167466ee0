import type { DiskUse } from '../domain/disk.ts';
import type { LoggedEvent, NewEvent, Position, Slice } from '../domain/event.ts';
import type { Horizon } from '../domain/retention.ts';

/**
 * The durable log between ingest and the lanes: what was accepted, in the order it was accepted. It holds each event
 * once, however many destinations there are, and knows no reader.
 *
 * Every implementation promises, and `test/conformance/event-log.suite.ts` checks:
 *
 * 1. **Durable before done.** When `append` resolves, its events survive `kill -9` of this process, and what `facts`
 *    says besides. The 200 to the library waits for that and nothing else.
 * 2. **Safe to resend.** After a rejection a part of the batch may be there; the rest follows on a resend, and
 *    deduplication drops what came twice.
 * 3. **In order.** Positions rise in the order of acceptance, and a reader never sees a later one before an earlier.
 * 4. **Only durable events are read**, by any method.
 * 5. **Nothing disappears by itself.** Events go when `prune` or `erase` is asked for, and by nothing else.
 *
 * The three sides are separate because they may live in different threads.
 */
export interface EventLog extends EventAppender, EventReader, EventKeeper {
  /** Waits for appends under way. Afterwards nothing may be asked. */
  close(): Promise<void>;
}

/** The side of ingest. */
export interface EventAppender {
  /** Chosen at random when the log is created; with a position it makes an event id. Below 2^40. */
  readonly epoch: number;
  readonly facts: {
    /** Appended events survive a power cut. */
    readonly survivesPowerCut: boolean;
    /** `exact`: a (source, message id) seen within the dedupe window is never stored twice. */
    readonly dedupe: 'exact' | 'best effort';
  };
  /**
   * Per event its position, or 0 for a duplicate, told only once its original is durable. Concurrent calls share a
   * write. Rejects `log_busy`, `log_full`.
   */
  append(events: readonly NewEvent[]): Promise<Float64Array>;
}

/** The side of lanes, pages and the index. */
export interface EventReader {
  readonly epoch: number;
  /**
   * The tail as it becomes durable, each event once, in order, in slices without gaps between them, beginning after
   * `Tail.after`. There is no back-pressure: who falls behind uses `read`.
   *
   * @param wanted asked before each slice is told, in the same turn: the sources whose events somebody waits for at the
   *   tail. Events of other sources may be left out, so that what readers who are behind will read anyway is not read
   *   twice
   */
  follow(onSlice: (slice: Slice) => void, wanted?: () => ReadonlySet<string>): Promise<Tail>;
  /**
   * The next events of the asked sources in (after, upTo], oldest first, at most `eventsMax` and about `charsMax`
   * characters of bodies (always at least one event where there is one). The answer's `upTo` is how far it looked:
   * less than was asked only when the answer is full. Without `upTo`: to the durable end. Without `sources`: of all.
   */
  read(ask: {
    readonly sources?: ReadonlySet<string>;
    readonly after: Position;
    readonly upTo?: Position;
    readonly eventsMax: number;
    readonly charsMax: number;
  }): Promise<Slice>;
  /** For retries and event pages. Absent from the map: pruned, or never there. */
  get(positions: readonly Position[]): Promise<ReadonlyMap<Position, LoggedEvent>>;
  /** The first position whose event was received at or after that time; the end + 1 when there is none yet. */
  seek(atMs: number): Promise<Position>;
  /** How many events of these sources are in (after, upTo]. */
  count(ask: {
    readonly sources: ReadonlySet<string>;
    readonly after: Position;
    readonly upTo: Position;
  }): Promise<number>;
  extent(): Promise<Extent>;
  /** What the log takes, by the day on which events were received. Reads no event. */
  use(): Promise<DiskUse>;
}

export interface Tail {
  /** The durable end when following began: the first slice begins here. */
  readonly after: Position;
  stop(): void;
}

export interface Extent {
  /** The oldest position that can still be there; `end + 1` in an empty log. */
  readonly first: Position;
  /** The newest durable position; 0 in a log that never held any. */
  readonly end: Position;
  /** On disk. */
  readonly bytes: number;
  readonly oldestAtMs: number | null;
}

/** The side of retention and erasure. */
export interface EventKeeper {
  /**
   * The position below which everything goes when what was received before `beforeMs` is to go, and of the oldest so
   * much more that the rest has at most `bytesMax`, in whole segments: `prune` of it forgets exactly that. The newest
   * segment goes by age alone.
   */
  horizon(ask: Horizon): Promise<Position>;
  /**
   * Forgets whole segments that lie entirely below this position. Only `pipeline/prune` calls it. Nothing is a
   * duplicate of what was pruned.
   */
  prune(before: Position): Promise<void>;
  /**
   * Bodies, names, users, message ids and `integrations` gone for good, from every file, when it resolves. Positions
   * stay, and nothing is a duplicate of what was erased. Rejects `file_pinned` while somebody else reads in the files,
   * such as a backup, and `log_full`: some may still be there, and all of it may be asked for again.
   */
  erase(positions: readonly Position[]): Promise<void>;
}
