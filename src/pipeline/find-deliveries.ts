import type { DeliveryKey } from '../domain/delivery-id.ts';
import type { DeliveryState } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';
import type { DeliveryHistory, DeliveryRecord } from '../ports/delivery-history.ts';
import type { EventReader } from '../ports/event-log.ts';

/** Which deliveries somebody looks for: all that is given must be so. */
export interface DeliveryQuery {
  readonly destination?: string;
  readonly state?: DeliveryState;
  readonly event?: Position;
  /** Their events were received at this time or later, and before the other. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Some of them, those of the newest events first. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryRecord[];
  readonly hasMore: boolean;
}

/** Finds deliveries in the history. Times are those of events, which the log turns into positions. */
export class DeliveryFinder {
  readonly #log: Pick<EventReader, 'seek'>;
  readonly #history: Pick<DeliveryHistory, 'list'>;

  constructor(log: Pick<EventReader, 'seek'>, history: Pick<DeliveryHistory, 'list'>) {
    this.#log = log;
    this.#history = history;
  }

  /** @param from the last one of the page before; null begins with the newest */
  async find(query: DeliveryQuery, from: DeliveryKey | null, limit: number): Promise<DeliveryPage> {
    const { destination, state, event, fromMs, toMs } = query;
    const start = fromMs === undefined ? 1 : await this.#log.seek(fromMs);
    const end = toMs === undefined ? Number.MAX_SAFE_INTEGER : await this.#log.seek(toMs);
    // One more than asked for says that there is more.
    const found = await this.#history.list({
      ...(destination === undefined ? {} : { destination }),
      ...(state === undefined ? {} : { state }),
      after: Math.max(start, event ?? 1) - 1,
      before: Math.min(end, event === undefined ? end : event + 1),
      ...(from === null ? {} : { from }),
      max: limit + 1,
    });
    return { deliveries: found.slice(0, limit), hasMore: found.length > limit };
  }
}
