import { type EventQuery, isMatch } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import type { EventIndex } from '../ports/event-index.ts';
import type { EventReader, Extent } from '../ports/event-log.ts';
import type { EventIndexer } from './index-events.ts';

/** Candidates fetched at once. */
const FETCH = 256;
/** Candidates that one page looks at, at 10 µs each; a page may then have fewer events than were asked for. */
const LOOKED_AT_MAX = 2_048;

/** Some of the events that were looked for, newest first. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The rest is below this position; null when there is none. */
  readonly next: Position | null;
  /** Nothing newer is missing: the index has come as far as the log. */
  readonly isComplete: boolean;
}

export interface EventFinderParts {
  readonly log: Pick<EventReader, 'extent' | 'seek' | 'get'>;
  readonly index: Pick<EventIndex, 'find'>;
  readonly indexer: Pick<EventIndexer, 'catchUp'>;
}

/**
 * Finds accepted events. What one page costs does not grow with the log: the index says where to look, at most so many
 * places are looked at, and a page that ends there says where to go on.
 */
export class EventFinder {
  readonly #parts: EventFinderParts;

  constructor(parts: EventFinderParts) {
    this.#parts = parts;
  }

  /** @param before where to go on, the `next` of the page before; null begins with the newest */
  async find(query: EventQuery, before: Position | null, limit: number): Promise<EventPage> {
    const { log, index, indexer } = this.#parts;
    const { indexedTo, isComplete } = await indexer.catchUp();
    const { after, end } = await this.#rangeOf(query, await log.extent());
    let from = Math.min(before ?? Infinity, end, indexedTo + 1);
    const events: LoggedEvent[] = [];
    for (let looked = 0; looked < LOOKED_AT_MAX && from > after + 1; looked += FETCH) {
      const { positions, downTo } = await index.find({ query, after, before: from, max: FETCH });
      const found = await log.get(positions);
      for (const position of positions) {
        const event = found.get(position);
        if (event === undefined || !isMatch(event, query)) continue;
        // One more than asked for says that there is more.
        if (events.length === limit) return { events, next: events.at(-1)?.position ?? null, isComplete };
        events.push(event);
      }
      from = downTo;
    }
    return { events, next: from > after + 1 ? from : null, isComplete };
  }

  /** Positions in which the query's times can lie: above `after`, below `end`. */
  async #rangeOf({ fromMs, toMs }: EventQuery, { first }: Extent): Promise<{ after: Position; end: Position }> {
    const { log } = this.#parts;
    const fromStart = fromMs === undefined ? 1 : await log.seek(fromMs);
    return { after: Math.max(first, fromStart) - 1, end: toMs === undefined ? Infinity : await log.seek(toMs) };
  }
}
