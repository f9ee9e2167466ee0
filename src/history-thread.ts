/**
 * The history thread: what becomes of events is looked up here, with connections of its own, so that no search delays
 * a `200` or an attempt. The third list of parts, beside `compose.ts` and `delivery-thread.ts`.
 */
import type { MessagePort } from 'node:worker_threads';
import { openSqliteDeliveryHistory } from './adapters/sql/delivery-history.ts';
import { openSqliteEventIndex } from './adapters/sql/event-index.ts';
import { openPatientEventReader } from './adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { relayTelemetry } from './adapters/system/telemetry-relay.ts';
import type { DiskUse } from './domain/disk.ts';
import { isErased } from './domain/event-query.ts';
import type { LoggedEvent, Position } from './domain/event.ts';
import { DeliveryFinder } from './pipeline/find-deliveries.ts';
import { EventFinder } from './pipeline/find-events.ts';
import { PersonFinder } from './pipeline/find-person.ts';
import { EventIndexer } from './pipeline/index-events.ts';
import { EventSelector } from './pipeline/select-events.ts';
import type { DeliveryHistory } from './ports/delivery-history.ts';
import { onFailure, serveThread } from './thread-entry.ts';

/** How often it looks what is new in the log; whoever asks has it look at once. */
const LOOK_MS = 200;

/** What `compose.ts` starts this thread with. */
export interface HistoryThreadData {
  readonly logFolder: string;
  readonly indexFile: string;
  readonly deliveryFile: string;
  readonly tail: MessagePort;
  readonly telemetry: MessagePort;
}

/** What the main thread can call here. */
export interface HistoryThreadCalls {
  /** Resolves when events can be searched. */
  start(data: HistoryThreadData): Promise<void>;
  find: EventFinder['find'];
  /** Null: it was erased or pruned, or never there. */
  get(position: Position): Promise<LoggedEvent | null>;
  /** See `PersonFinder`. */
  findPerson: PersonFinder['find'];
  /** See `DeliveryFinder`. */
  findDeliveries: DeliveryFinder['find'];
  getDelivery: DeliveryHistory['get'];
  deliveriesOf: DeliveryHistory['ofEvent'];
  dead: DeliveryHistory['dead'];
  counts: DeliveryHistory['counts'];
  /** See `EventSelector`. */
  rangeOf: EventSelector['rangeOf'];
  select: EventSelector['page'];
  /** What log, history and index take. */
  diskUse(): Promise<PastUse>;
  stop(): Promise<void>;
}

export interface PastUse {
  readonly log: DiskUse;
  readonly history: DiskUse;
  readonly indexBytes: number;
}

async function open(data: HistoryThreadData): Promise<Omit<HistoryThreadCalls, 'start'>> {
  const ambient = makeSystemAmbient();
  const telemetry = relayTelemetry(data.telemetry, ambient, false);
  const { logFolder: folder, tail } = data;
  const { log, look } = await openPatientEventReader({ folder, tail, ambient, onFailure, lookEveryMs: LOOK_MS });
  const { end } = await log.extent();
  const index = openSqliteEventIndex({ file: data.indexFile, epoch: log.epoch, end });
  const indexer = new EventIndexer({ log, index, ambient, telemetry, onFailure });
  const finder = new EventFinder({ log, index, indexer });
  const people = new PersonFinder({ log, index, indexer });
  const history = openSqliteDeliveryHistory(data.deliveryFile);
  const deliveries = new DeliveryFinder({ log, history, events: finder });
  const selector = new EventSelector({ log, finder, history });
  await indexer.start();
  const upToDate = after(look);
  return {
    find: upToDate(async (...asked) => finder.find(...asked)),
    get: upToDate(async (position) => {
      const event = (await log.get([position])).get(position);
      return event === undefined || isErased(event) ? null : event;
    }),
    findPerson: upToDate(async (ask) => people.find(ask)),
    findDeliveries: upToDate(async (...asked) => deliveries.find(...asked)),
    getDelivery: async (key) => history.get(key),
    deliveriesOf: async (position) => history.ofEvent(position),
    dead: async (...asked) => history.dead(...asked),
    counts: async (ask) => history.counts(ask),
    rangeOf: upToDate(async (...asked) => selector.rangeOf(...asked)),
    select: async (...asked) => selector.page(...asked),
    diskUse: async () => ({ log: await log.use(), history: await history.use(), indexBytes: await index.bytes() }),
    stop: async () => {
      await history.close();
      await indexer.stop();
      await index.close();
      await log.close();
      data.telemetry.close();
    },
  };
}

/** Has calls know of all that was answered with 200 before they were made. */
function after(
  look: () => void,
): <Asked extends unknown[], Answer>(
  call: (...asked: Asked) => Promise<Answer>,
) => (...asked: Asked) => Promise<Answer> {
  return (call) =>
    async (...asked) => {
      look();
      return call(...asked);
    };
}

serveThread(open);
