import { SluiceError } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { EventAppender } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { open, writeKeyIn } from './incoming-call.ts';
import type { Entrance, IncomingCall } from './incoming-call.ts';
import { judge } from './judge.ts';
import type { Judged } from './judge.ts';
import { isForgiven, refusalOfError } from './refuse.ts';
import { makeSourceLookup } from './source-lookup.ts';

export interface Ingest {
  /**
   * Resolves once everything in the call that can be accepted is durable: then it is answered with 200, even where
   * nothing could. What was refused is told to telemetry, and is no error (protocol section 1.8).
   *
   * @throws SluiceError what is not answered with 200; the short routes throw less (see `isForgiven`)
   */
  accept(call: IncomingCall): Promise<void>;
  /**
   * The same for a call whose body could not be read: tells of it, and throws the error on unless its route swallows it.
   *
   * @param head the first bytes of the body, as far as there were any
   */
  refuse(entrance: Entrance, error: unknown, head: Uint8Array | null): void;
}

export interface IngestParts {
  readonly log: Pick<EventAppender, 'append' | 'epoch'>;
  readonly workspace: Pick<WorkspaceStore, 'current' | 'refresh'>;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'accepted' | 'refused'>;
  /** Leaves out what is answered with 200 and not stored; see `makeSuppression`. Without it, all is stored. */
  readonly withoutSuppressed?: (events: readonly NewEvent[]) => readonly NewEvent[];
}

/** The entrance of the data plane: from a call to durable events. */
export function makeIngest({ log, workspace, ambient, telemetry, ...parts }: IngestParts): Ingest {
  const withoutSuppressed = parts.withoutSuppressed ?? ((events: readonly NewEvent[]) => events);
  const sourcesKnowing = makeSourceLookup(workspace, ambient);
  const uuid = (): string => ambient.uuid();

  async function judged(call: IncomingCall): Promise<Judgement> {
    try {
      const opened = open(call);
      const sources = await sourcesKnowing(opened.writeKeys);
      const [writeKey = null] = opened.writeKeys;
      return { ...judge(call, opened, sources, uuid), writeKey };
    } catch (error) {
      refuse({ ...call, writeKey: call.writeKey ?? writeKeyIn(call.body) }, error, call.body);
      return NOTHING;
    }
  }

  /** Knows the events as they are stored and not as they were parsed: a large batch would be in memory twice meanwhile. */
  async function store(entrance: Entrance, { events: accepted, refusals, writeKey }: Judgement): Promise<void> {
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
  }

  function refuse(entrance: Entrance, error: unknown, subject: unknown): void {
    if (!(error instanceof SluiceError)) throw error;
    const { writeKey } = entrance;
    const source = writeKey === null ? undefined : workspace.current().sourceByWriteKey.get(writeKey);
    telemetry.refused(refusalOfError(entrance, error, subject, source?.id ?? null));
    if (!isForgiven(entrance, error)) throw error;
  }

  return {
    async accept(call) {
      const { route, channel, receivedAtMs, writeKey } = call;
      const entrance = { route, channel, receivedAtMs, writeKey };
      // Nothing is awaited here, where it would keep the call.
      return judged(call).then(async (judgement) => store(entrance, judgement));
    },
    refuse,
  };
}

interface Judgement extends Judged {
  /** The one that goes for all of it, or the first. */
  readonly writeKey: string | null;
}

const NOTHING: Judgement = { events: [], refusals: [], writeKey: null };

/** Like the body of the call that brought these events. */
function bodyOf({ route }: Entrance, events: readonly NewEvent[]): unknown {
  const calls = events.map(({ body }): unknown => JSON.parse(body));
  return route === 'batch' ? { batch: calls } : calls[0];
}
