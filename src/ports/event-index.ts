import type { EventQuery } from '../domain/event-query.ts';
import type { EventType, Position } from '../domain/event.ts';

/**
 * Where events are that somebody looks for: fed behind the log, so that accepting one pays for no index, and made anew
 * from the log when it is lost. It knows where to look and nothing else: no text of an event is in it.
 *
 * Every implementation promises, and `test/conformance/event-index.suite.ts` checks:
 *
 * 1. **All that is indexed is found.** What `find` answers has every event of its range that the query asks for;
 *    others may be among them, so whoever asks compares the events.
 * 2. **Newest first**, each position once, and none above `indexedTo`.
 * 3. **Knows how far it has come**, also after a stop of any kind: what is at or below `indexedTo` is found. It may then
 *    be less than it was, and the rest is indexed again; so is all of it when it was lost. Indexing again is harmless.
 * 4. **Bounded.** One `find` looks at so much and no more, however long the log is, and says how far it came.
 */
export interface EventIndex {
  /** The newest position that it has come to. */
  indexedTo(): Promise<Position>;
  /**
   * Adds what is to be found of the events in (indexedTo, upTo], in rising order.
   * Rejects `store_full` when the disk has no room: it has come as far as `indexedTo` says, and the rest may be given again.
   */
  index(entries: readonly IndexEntry[], upTo: Position): Promise<void>;
  find(ask: FindAsk): Promise<Candidates>;
  /** Forgets positions below this one, in whatever portions suit it. */
  forget(before: Position): Promise<void>;
  /** What it takes on disk. */
  bytes(): Promise<number>;
  close(): Promise<void>;
}

/** What of an event one may look for. */
export interface IndexEntry {
  readonly position: Position;
  readonly source: string;
  readonly type: EventType;
  readonly messageId: string;
  readonly name: string | null;
  /** See `peopleOf`. */
  readonly people: readonly string[];
}

/** Times are positions by now: the log knows which. */
export type IndexQuery = Omit<EventQuery, 'fromMs' | 'toMs'>;

export interface FindAsk {
  readonly query: IndexQuery;
  /** Only positions above this one, and below the other. */
  readonly after: Position;
  readonly before: Position;
  /** How many are wanted at most. */
  readonly max: number;
}

export interface Candidates {
  readonly positions: readonly Position[];
  /** All above it has been looked at. To go on, ask with this as `before`; when it is `after + 1`, all of it was. */
  readonly downTo: Position;
}
