import { type AttemptErrorCode, failureCodeOf, type Outcome } from '../domain/attempt.ts';
import type { DeliveryKey } from '../domain/delivery-id.ts';
import type { DeliveryState } from '../domain/delivery.ts';
import type { EventQuery } from '../domain/event-query.ts';
import type { Position } from '../domain/event.ts';
import type { DeliveryAsk, DeliveryHistory, DeliveryRecord } from '../ports/delivery-history.ts';
import type { EventReader } from '../ports/event-log.ts';
import type { EventFinder } from './find-events.ts';

/** Deliveries that one page looks at, where few of them may be wanted: about 30 ms. */
const LOOKED_AT_MAX = 1_024;
/** Deliveries, or events, that are fetched at a time. */
const FETCH = 128;

/** Which deliveries somebody looks for: all that is given must be so. */
export interface DeliveryQuery {
  readonly destination?: string;
  readonly state?: DeliveryState;
  readonly event?: Position;
  /** Their events were received at this time or later, and before the other. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Their events are so. Not together with `event`. */
  readonly of?: Omit<EventQuery, 'fromMs' | 'toMs'>;
  /** At least one of their attempts is so. */
  readonly attempt?: AttemptQuery;
}

export interface AttemptQuery {
  /** The endpoint's URL. */
  readonly endpoint?: string;
  readonly outcome?: Outcome;
  /** An attempt error's code, or `http_<status>` of one that did not succeed. */
  readonly error?: AttemptErrorCode | `http_${number}`;
}

/** Some of them, those of the newest events first. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryRecord[];
  /** Where to go on, also when few or none were found; null: there are no more. */
  readonly next: DeliveryKey | null;
}

type Range = Pick<DeliveryAsk, 'after' | 'before'>;

/**
 * Finds deliveries in the history. Times are those of events, which the log turns into positions; what events are is
 * asked of the event index. What one page costs does not grow with the history: it looks at so many and says where to go
 * on.
 */
export class DeliveryFinder {
  readonly #log: Pick<EventReader, 'seek'>;
  readonly #history: Pick<DeliveryHistory, 'list'>;
  readonly #events: Pick<EventFinder, 'find'>;

  constructor(parts: {
    readonly log: Pick<EventReader, 'seek'>;
    readonly history: Pick<DeliveryHistory, 'list'>;
    readonly events: Pick<EventFinder, 'find'>;
  }) {
    this.#log = parts.log;
    this.#history = parts.history;
    this.#events = parts.events;
  }

  /** @param from the `next` of the page before; null begins with the newest */
  async find(query: DeliveryQuery, from: DeliveryKey | null, limit: number): Promise<DeliveryPage> {
    const range = await this.#rangeOf(query);
    const deliveries: DeliveryRecord[] = [];
    let next = from;
    for (let looked = 0; looked < LOOKED_AT_MAX; looked += FETCH) {
      const page = await this.#page(query, range, next, limit);
      for (const delivery of page.deliveries) {
        if (!hasAttempt(delivery, query.attempt)) continue;
        // One more than asked for says that there is more.
        if (deliveries.length === limit) return { deliveries, next: keyOf(deliveries.at(-1)) };
        deliveries.push(delivery);
      }
      next = page.next;
      if (next === null) break;
    }
    return { deliveries, next };
  }

  async #rangeOf({ event, fromMs, toMs }: DeliveryQuery): Promise<Range> {
    const start = fromMs === undefined ? 1 : await this.#log.seek(fromMs);
    const end = toMs === undefined ? Number.MAX_SAFE_INTEGER : await this.#log.seek(toMs);
    return {
      after: Math.max(start, event ?? 1) - 1,
      before: Math.min(end, event === undefined ? end : event + 1),
    };
  }

  /** The next of them, whatever their attempts are. */
  async #page(query: DeliveryQuery, range: Range, from: DeliveryKey | null, limit: number): Promise<DeliveryPage> {
    if (query.of !== undefined) return this.#pageOfEvents(query, query.of, from);
    const max = query.attempt === undefined ? limit + 1 : FETCH;
    const deliveries = await this.#list(query, range, from, max);
    return { deliveries, next: deliveries.length === max ? keyOf(deliveries.at(-1)) : null };
  }

  async #pageOfEvents(
    query: DeliveryQuery,
    of: Omit<EventQuery, 'fromMs' | 'toMs'>,
    from: DeliveryKey | null,
  ): Promise<DeliveryPage> {
    const { fromMs, toMs } = query;
    const times = { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
    // Lanes that are older than the last one's are still to come of its event.
    const before = from === null ? null : from.position + 1;
    const { events, next } = await this.#events.find({ ...of, ...times }, before, FETCH);
    const deliveries: DeliveryRecord[] = [];
    for (const { position } of events) {
      const ofEvent = { after: position - 1, before: position + 1 };
      deliveries.push(...(await this.#list(query, ofEvent, from, Number.MAX_SAFE_INTEGER)));
    }
    return { deliveries, next: next === null ? null : { lane: FIRST_LANE, position: next } };
  }

  async #list(
    { destination, state }: DeliveryQuery,
    range: Range,
    from: DeliveryKey | null,
    max: number,
  ): Promise<readonly DeliveryRecord[]> {
    return this.#history.list({
      ...(destination === undefined ? {} : { destination }),
      ...(state === undefined ? {} : { state }),
      ...(from === null ? {} : { from }),
      ...range,
      max,
    });
  }
}

/** The oldest lane: whoever goes on after it has had all of its event. */
const FIRST_LANE = 1;

function keyOf(delivery: DeliveryRecord | undefined): DeliveryKey | null {
  return delivery === undefined ? null : { lane: delivery.lane, position: delivery.position };
}

function hasAttempt({ attempts }: DeliveryRecord, wanted: AttemptQuery | undefined): boolean {
  if (wanted === undefined) return true;
  const { endpoint, outcome, error } = wanted;
  return attempts.some(
    (attempt) =>
      (endpoint === undefined || attempt.endpoint === endpoint) &&
      (outcome === undefined || attempt.outcome === outcome) &&
      (error === undefined || failureCodeOf(attempt) === error),
  );
}
