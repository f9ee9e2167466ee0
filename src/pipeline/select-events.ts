import type { Destination } from '../domain/destination.ts';
import { isMatch } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import type { Replay } from '../domain/replay.ts';
import type { DeliveryHistory } from '../ports/delivery-history.ts';
import type { EventReader } from '../ports/event-log.ts';
import { makeIsWanted } from './choose-events.ts';
import type { EventFinder } from './find-events.ts';

/** What one page looks at: about 50 ms where the log is read, less elsewhere. */
const SCANNED = { reads: 10, eventsMax: 1_024, charsMax: 4 * 1024 * 1024 };
const FOUND = 1_000;

/** Which events a replay is about. */
export interface Selection extends Pick<Replay, 'filter' | 'sources' | 'after' | 'upTo'> {
  /** As it is now: what its filter keeps away is not replayed. */
  readonly destination: Destination;
}

/** Some of them. */
export interface SelectedPage {
  readonly count: number;
  /** Each of these, in no particular order; null where the log is searched, and can be searched again. */
  readonly positions: readonly Position[] | null;
  /** Where to go on; null when there are no more. */
  readonly next: Position | null;
}

export interface EventSelectorParts {
  readonly log: Pick<EventReader, 'read' | 'get' | 'seek' | 'extent'>;
  readonly finder: Pick<EventFinder, 'find'>;
  readonly history: Pick<DeliveryHistory, 'list'>;
}

/**
 * Counts, and where that is shorter lists, the events that a replay is about: by their ids, by their deliveries, by
 * the event index, or else by reading the log. A page at a time, so that nobody waits long for the thread it runs in.
 */
export class EventSelector {
  readonly #parts: EventSelectorParts;

  constructor(parts: EventSelectorParts) {
    this.#parts = parts;
  }

  /** What of the log lies in these times; null is from its beginning, and to its end. */
  async rangeOf(fromMs: number | null, toMs: number | null): Promise<{ after: Position; upTo: Position }> {
    const { log } = this.#parts;
    const { first, end } = await log.extent();
    const start = fromMs === null ? first : Math.max(first, await log.seek(fromMs));
    const upTo = toMs === null ? end : Math.min(end, (await log.seek(toMs)) - 1);
    return { after: Math.min(start - 1, end), upTo: Math.max(upTo, Math.min(start - 1, end)) };
  }

  /** @param from the `next` of the page before; null at first */
  async page(selection: Selection, from: Position | null): Promise<SelectedPage> {
    const { filter } = selection;
    if (filter.positions !== undefined) return this.#named(selection, filter.positions);
    if (filter.state !== undefined) return this.#byDelivery(selection, from);
    if (filter.user !== undefined || filter.messageId !== undefined) return this.#found(selection, from);
    return this.#scanned(selection, from);
  }

  async #named(selection: Selection, positions: readonly Position[]): Promise<SelectedPage> {
    return { ...(await this.#chosen(selection, positions)), next: null };
  }

  /** Newest first: what is delivered meanwhile moves nothing that is still to come. */
  async #byDelivery(selection: Selection, from: Position | null): Promise<SelectedPage> {
    const { destination, filter, after, upTo } = selection;
    const { state } = filter;
    const deliveries = await this.#parts.history.list({
      ...{ destination: destination.id, after, before: from ?? upTo + 1, max: FOUND },
      ...(state === undefined ? {} : { state }),
    });
    const last = deliveries.at(-1)?.position ?? null;
    const page = await this.#chosen(
      selection,
      deliveries.map(({ position }) => position),
    );
    // Of the last event there may be more deliveries than were listed: they are the same event.
    return { ...page, next: deliveries.length < FOUND ? null : last };
  }

  async #found(selection: Selection, from: Position | null): Promise<SelectedPage> {
    const { filter, upTo } = selection;
    const { events, next, isComplete } = await this.#parts.finder.find(filter, from ?? upTo + 1, FOUND);
    // Some would be missing: the same again, until the index has come that far.
    if (!isComplete) return { count: 0, positions: [], next: from ?? upTo + 1 };
    const positions = events.filter(isOf(selection)).map(({ position }) => position);
    const isPast = next !== null && next <= selection.after + 1;
    return { count: positions.length, positions, next: isPast ? null : next };
  }

  async #scanned(selection: Selection, from: Position | null): Promise<SelectedPage> {
    const { upTo } = selection;
    const sources = new Set(selection.sources);
    const isOne = isOf(selection);
    let count = 0;
    let at = from ?? selection.after;
    for (let reads = 0; reads < SCANNED.reads && at < upTo; reads += 1) {
      const slice = await this.#parts.log.read({ sources, after: at, upTo, ...SCANNED });
      count += slice.events.filter(isOne).length;
      at = slice.upTo;
    }
    return { count, positions: null, next: at < upTo ? at : null };
  }

  async #chosen(selection: Selection, positions: readonly Position[]): Promise<Omit<SelectedPage, 'next'>> {
    const found = await this.#parts.log.get([...new Set(positions)]);
    const chosen = [...found.values()].filter(isOf(selection)).map(({ position }) => position);
    return { count: chosen.length, positions: chosen };
  }
}

function isOf({ destination, filter, sources, after, upTo }: Selection): (event: LoggedEvent) => boolean {
  const from = new Set(sources);
  const isWanted = makeIsWanted(destination);
  return (event) =>
    event.position > after &&
    event.position <= upTo &&
    from.has(event.source) &&
    isMatch(event, filter) &&
    isWanted(event);
}
