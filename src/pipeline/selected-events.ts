import type { LoggedEvent, Position, Slice } from '../domain/event.ts';
import type { EventReader } from '../ports/event-log.ts';

/** Fetched at once. */
const FETCH = 256;

/** Some events of the log, known by their positions, read as if there were no others: without looking at those. */
export class SelectedEvents implements Pick<EventReader, 'epoch' | 'read' | 'get' | 'count'> {
  readonly epoch: number;
  readonly #log: Pick<EventReader, 'epoch' | 'get'>;
  readonly #positions: Float64Array;

  /** @param positions rising */
  constructor(log: Pick<EventReader, 'epoch' | 'get'>, positions: Float64Array) {
    this.epoch = log.epoch;
    this.#log = log;
    this.#positions = positions;
  }

  /** See `EventReader.read`. A page may be smaller than it could be. */
  async read(ask: Required<Parameters<EventReader['read']>[0]>): Promise<Slice> {
    const { sources, after, upTo, eventsMax, charsMax } = ask;
    const max = Math.min(eventsMax, FETCH);
    const from = this.#firstAbove(after);
    const page = [...this.#positions.subarray(from, from + max)].filter((position) => position <= upTo);
    const found = await this.#log.get(page);
    const events: LoggedEvent[] = [];
    let chars = 0;
    for (const position of page) {
      const event = found.get(position);
      if (event === undefined || !sources.has(event.source)) continue;
      chars += event.body.length;
      if (events.length > 0 && chars > charsMax) return { after, events, upTo: position - 1 };
      events.push(event);
    }
    const last = page.at(-1);
    return { after, events, upTo: last === undefined || page.length < max ? upTo : last };
  }

  /** Without looking at the events: some may be of other sources, or gone. */
  async count({ after, upTo }: Parameters<EventReader['count']>[0]): Promise<number> {
    return Promise.resolve(Math.max(0, this.#firstAbove(upTo) - this.#firstAbove(after)));
  }

  async get(positions: readonly Position[]): Promise<ReadonlyMap<Position, LoggedEvent>> {
    return this.#log.get(positions);
  }

  /** Index of the first position above. */
  #firstAbove(position: Position): number {
    let [low, high] = [0, this.#positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? Infinity) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
