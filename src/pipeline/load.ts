import { batchIdOf } from '../domain/batch-id.ts';
import { eventIdOf, type LoggedEvent } from '../domain/event.ts';

/** What a request carries: one event, or a batch of them. The same over all attempts of a round, and over its retries. */
export interface Load {
  /** The `webhook-id`. */
  readonly id: string;
  /** In the order of the log; at least one. */
  readonly events: readonly LoggedEvent[];
  readonly body: string;
  /** The batch's id; null for one event alone. */
  readonly batch: string | null;
}

/** One event as it is. */
export function loadOfEvent(event: LoggedEvent, epoch: number): Load {
  return { id: eventIdOf(epoch, event.position), events: [event], body: event.body, batch: null };
}

/**
 * A JSON array of stored bodies as they are, so that nothing is parsed on the way out. One event alone is an array too,
 * and keeps its own id.
 *
 * @param batch the id that it had, or null for a new one, made of the uuid
 */
export function loadOfBatch(
  events: readonly LoggedEvent[],
  batch: string | null,
  { epoch, uuid }: { readonly epoch: number; readonly uuid: () => string },
): Load {
  const body = `[${events.map((event) => event.body).join(',')}]`;
  const [first] = events;
  if (events.length === 1 && first !== undefined)
    return { id: eventIdOf(epoch, first.position), events, body, batch: null };
  const id = batch ?? batchIdOf(uuid(), events.length);
  return { id, events, body, batch: id };
}
