import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { open, writeKeyIn } from './incoming-call.ts';
import type { Entrance, IncomingCall } from './incoming-call.ts';
import { judge } from './judge.ts';
import { makeRefuse } from './refuse.ts';
import { makeSourceLookup } from './source-lookup.ts';
import type { Judgement, StoreCall } from './store-call.ts';

export interface Ingest {
  /**
   * Resolves once everything in the call that can be accepted is durable: then it is answered with 200, even where
   * nothing could. What was refused is told to telemetry, and is no error (protocol section 1.8).
   *
   * @throws SluiceError what is not answered with 200; the short routes throw less (see `makeRefuse`)
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
  readonly workspace: Pick<WorkspaceStore, 'current' | 'refresh'>;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'refused'>;
}

/**
 * The entrance of the data plane: from a call to durable events.
 *
 * @param store takes what was judged, in this thread or in another
 */
export function makeIngest(store: StoreCall, { workspace, ambient, telemetry }: IngestParts): Ingest {
  const sourcesKnowing = makeSourceLookup(workspace, ambient);
  const refuse = makeRefuse({ workspace, telemetry });
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

  return {
    async accept(call) {
      const { route, channel, receivedAtMs, writeKey } = call;
      const entrance = { route, channel, receivedAtMs, writeKey };
      // Nothing is awaited here, where it would keep the call, and a large batch would be in memory twice meanwhile.
      return judged(call).then(async (judgement) => store(entrance, judgement));
    },
    refuse,
  };
}

const NOTHING: Judgement = { events: [], refusals: [], writeKey: null };
