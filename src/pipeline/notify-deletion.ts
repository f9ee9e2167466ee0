import type { Destination } from '../domain/destination.ts';
import type { Notice, Notified, OpenErasure, PersonIdField } from '../domain/erasure.ts';
import type { EventQuery } from '../domain/event-query.ts';
import type { LoggedEvent, NewEvent, Position } from '../domain/event.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { ErasureStore } from '../ports/erasure-store.ts';
import type { EventAppender, EventReader } from '../ports/event-log.ts';
import type { EventPage } from './find-events.ts';
import type { Fate } from './trace-event.ts';

export interface DeletionNoticesParts {
  readonly store: Pick<ErasureStore, 'notify' | 'placed' | 'notified'>;
  readonly log: Pick<EventAppender, 'append'> & Pick<EventReader, 'extent'>;
  /** Where they are looked up, perhaps in another thread, which hears of the log's end a moment later. */
  readonly events: {
    find(query: EventQuery, before: Position | null, limit: number): Promise<EventPage>;
    /** Null: erased or pruned. */
    get(position: Position): Promise<LoggedEvent | null>;
    trace(event: LoggedEvent): Promise<readonly Fate[]>;
  };
  readonly destinations: () => readonly Destination[];
  readonly ambient: Pick<Ambient, 'nowMs' | 'uuid'>;
}

/** Notices that are in the log. */
type Placed = Notice & { readonly position: Position };

/**
 * Tells destinations that somebody is to be deleted, with the `delete` notification of Segment (protocol section 5.2): an
 * event that goes the way of all others, through the log and the lanes, so that it is signed, retried and shown like them.
 * Nobody can send one, and no filter keeps one away.
 *
 * It goes through few sources that together reach every enabled destination; one that has several of them is told by
 * each. What a destination still waits for when the log has to forget it counts as failed, so that this ends.
 */
export class DeletionNotices {
  readonly #parts: DeletionNoticesParts;

  constructor(parts: DeletionNoticesParts) {
    this.#parts = parts;
  }

  /** Notes by which events destinations will be told, and answers these. Rejects as the store does. */
  async plan({ number }: OpenErasure, refused: number): Promise<readonly Notice[]> {
    const { store, destinations, ambient } = this.#parts;
    const enabled = destinations().filter((destination) => destination.enabled);
    const notices = [...sourcesToAll(enabled)].map((source): Notice => {
      const told = enabled.filter(({ sources }) => sources.includes(source)).map(({ id }) => id);
      return { source, messageId: `delete-${ambient.uuid()}`, destinations: told, position: null };
    });
    await store.notify(number, { notices, refused });
    return notices;
  }

  /**
   * Puts into the log what is not there yet, and looks what became of the rest. Answers where these events are once no
   * destination waits for any of them; null before. Rejects as log and store do: to be tried again.
   */
  async settled(erasure: OpenErasure): Promise<readonly Position[] | null> {
    const { number, notices, notified } = erasure;
    const placed = await this.#place(erasure, notices ?? []);
    if (placed === null) return null;
    if (notified === null) {
      const counts = await this.#count(erasure, placed);
      if (counts === null) return null;
      await this.#parts.store.notified(number, counts);
    }
    const own = await Promise.all(placed.map(async (notice) => this.#mayErase(notice)));
    return placed.filter((_, at) => own[at]).map(({ position }) => position);
  }

  async #place(erasure: OpenErasure, notices: readonly Notice[]): Promise<readonly Placed[] | null> {
    // All have their positions, or none: they are appended together.
    const known = notices.filter(isPlaced);
    if (known.length === notices.length) return known;
    const { log, store, ambient } = this.#parts;
    const nowMs = ambient.nowMs();
    const positions = await log.append(notices.map((notice) => deleteEvent(erasure, notice, nowMs)));
    // A duplicate was appended before, by a process that did not come to note where, or by an append that was rejected.
    const found = await Promise.all(notices.map(async (notice, at) => positions[at] || this.#placeOf(notice)));
    const placed = notices.map((notice, at) => ({ ...notice, position: found[at] ?? null })).filter(isPlaced);
    if (placed.length < notices.length) return null;
    await store.placed(erasure.number, placed);
    return placed;
  }

  /** Null: the index does not know yet. */
  async #placeOf({ source, messageId }: Notice): Promise<Position | null> {
    const { events } = await this.#parts.events.find({ source, type: 'delete', messageId }, null, 1);
    return events[0]?.position ?? null;
  }

  /** Null: some destination waits. */
  async #count(erasure: OpenErasure, placed: readonly Placed[]): Promise<Notified | null> {
    const { first } = await this.#parts.log.extent();
    const meant = new Set(placed.flatMap(({ destinations }) => destinations));
    const told = new Set<string>();
    for (const notice of placed) {
      const event = { ...deleteEvent(erasure, notice, 0), position: notice.position };
      const fates = await this.#parts.events.trace(event);
      const isThere = notice.position >= first;
      if (isThere && fates.some(({ state }) => state === 'waiting' || state === 'held')) return null;
      for (const { destination, state } of fates) if (state === 'delivered') told.add(destination);
    }
    const delivered = meant.intersection(told).size;
    return { delivered, failed: meant.size - delivered };
  }

  /** Not what stands there in its stead, should the log be another one than it was. */
  async #mayErase({ position, messageId }: Placed): Promise<boolean> {
    const event = await this.#parts.events.get(position);
    return event === null || event.messageId === messageId;
  }
}

function isPlaced(notice: Notice): notice is Placed {
  return notice.position !== null;
}

/** Through which each of them gets at least one of an event of every source. */
function sourcesToAll(destinations: readonly Destination[]): ReadonlySet<string> {
  const chosen = new Set<string>();
  // Those that have one source leave no choice.
  for (const { sources } of destinations.toSorted((one, other) => one.sources.length - other.sources.length)) {
    const [first] = sources;
    if (first !== undefined && !sources.some((source) => chosen.has(source))) chosen.add(first);
  }
  return chosen;
}

function deleteEvent(
  { field, person }: Pick<OpenErasure, 'field' | 'person'>,
  { source, messageId }: Notice,
  nowMs: number,
): NewEvent {
  const who: Partial<Record<PersonIdField, string | null>> = { [field]: person };
  const at = isoOf(nowMs);
  const body = {
    ...{ version: 1, type: 'delete', channel: 'server', ...who, context: null, integrations: null },
    ...{ messageId, projectId: source, timestamp: at, receivedAt: at, sentAt: at, originalTimestamp: at },
  };
  return {
    ...{ source, type: 'delete', messageId, name: null, user: person, receivedAtMs: nowMs, integrations: null },
    body: JSON.stringify(body),
  };
}
