import type { NewEvent } from '../domain/event.ts';
import type { EventAppender } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import type { Entrance } from './incoming-call.ts';
import type { Judged } from './judge.ts';
import { makeRefuse } from './refuse.ts';

/** A call that was judged: what of it is to be stored, and what is not. */
export interface Judgement extends Judged {
  /** The one that goes for all of it, or the first. */
  readonly writeKey: string | null;
}

/**
 * Resolves once the events of the call are durable. What was refused is told then, and is no error.
 *
 * @throws SluiceError as `Ingest`
 */
export type StoreCall = (entrance: Entrance, judgement: Judgement) => Promise<void>;

export interface StoreCallParts {
  readonly log: Pick<EventAppender, 'append' | 'epoch'>;
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly telemetry: Pick<Telemetry, 'accepted' | 'refused'>;
  /** Leaves out what is answered with 200 and not stored; see `makeSuppression`. Without it, all is stored. */
  readonly withoutSuppressed?: (events: readonly NewEvent[]) => readonly NewEvent[];
}

/** The second half of ingest: from judged calls to durable events. It knows of none of them what they were parsed from. */
export function makeStoreCall({ log, workspace, telemetry, ...parts }: StoreCallParts): StoreCall {
  const withoutSuppressed = parts.withoutSuppressed ?? ((events: readonly NewEvent[]) => events);
  const refuse = makeRefuse({ workspace, telemetry });
  return async (entrance, { events: accepted, refusals, writeKey }) => {
    // In the same turn as the append: what was let through before somebody was suppressed is in the log's queue by then.
    const events = withoutSuppressed(accepted);
    try {
      if (events.length > 0) telemetry.accepted(log.epoch, events, await log.append(events));
    } catch (error) {
      refuse({ ...entrance, writeKey }, error, bodyOf(entrance, events));
      return;
    }
    // Afterwards, because a call whose append fails comes again and would be told twice.
    for (const refusal of refusals) telemetry.refused(refusal);
  };
}

/** Like the body of the call that brought these events. */
function bodyOf({ route }: Entrance, events: readonly NewEvent[]): unknown {
  const calls = events.map(({ body }): unknown => JSON.parse(body));
  return route === 'batch' ? { batch: calls } : calls[0];
}
