import { isErased, peopleOf } from '../domain/event-query.ts';
import type { Position } from '../domain/event.ts';
import type { EventFinderParts } from './find-events.ts';

/** Events that one step looks at, and so at most erases: some 10 ms for the log's writer where they lie close. */
const STEP = 256;

export interface PersonAsk {
  readonly person: string;
  /** Only events below this position. */
  readonly before: Position;
  /** Answers also what was erased already: of a step that was cut short, nobody knows how far it came. */
  readonly withErased: boolean;
}

export interface FoundPerson {
  readonly positions: readonly Position[];
  /** All above it has been looked at; to go on, ask with this as `before`. */
  readonly downTo: Position;
  /** There is nothing below. */
  readonly isAll: boolean;
}

/**
 * Finds every event of a person, under any of its ids: the index says where to look, the log who it is. What tells
 * destinations of an erasure is not one of them: that erasure erases it, once they are told.
 */
export class PersonFinder {
  readonly #parts: EventFinderParts;

  constructor(parts: EventFinderParts) {
    this.#parts = parts;
  }

  /** The next of them, newest first. Null: the index has not come as far as that yet; to be asked again. */
  async find({ person, before, withErased }: PersonAsk): Promise<FoundPerson | null> {
    const { log, index, indexer } = this.#parts;
    const { indexedTo } = await indexer.catchUp();
    // Not whether it has come to the log's end: this thread may hear of that end later than whoever asks.
    if (indexedTo < before - 1) return null;
    const after = (await log.extent()).first - 1;
    const { positions, downTo } = await index.find({ query: { user: person }, after, before, max: STEP });
    const events = await log.get(positions);
    const found = positions.filter((position) => {
      const event = events.get(position);
      if (event === undefined || event.type === 'delete') return false;
      return isErased(event) ? withErased : peopleOf(event).includes(person);
    });
    return { positions: found, downTo, isAll: downTo <= after + 1 };
  }
}
