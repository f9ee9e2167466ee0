import type { DataFolder } from './adapters/sql/data-folder.ts';
import { openSqliteErasureStore } from './adapters/sql/erasure-store.ts';
import type { MainMetrics } from './adapters/system/main-metrics.ts';
import type { DeliveryThread } from './delivery-link.ts';
import type { Destination } from './domain/destination.ts';
import type { HistoryThread } from './history-link.ts';
import type { HttpServerOptions } from './http/server.ts';
import { Eraser, type EraserOptions } from './pipeline/erase-person.ts';
import type { StoreCallParts } from './pipeline/store-call.ts';
import type { LiveStream } from './pipeline/live-stream.ts';
import { makeSuppression } from './pipeline/suppress.ts';
import { fatesOf } from './pipeline/trace-event.ts';
import type { RefusalStore } from './ports/refusal-store.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface ErasuresOptions extends Pick<EraserOptions, 'log' | 'ambient' | 'telemetry' | 'onFailure'> {
  readonly folder: Pick<DataFolder, 'erasureFile'>;
  readonly history: Pick<HistoryThread, 'findPerson' | 'find' | 'get' | 'deliveriesOf'>;
  readonly delivery: Pick<DeliveryThread, 'erase'>;
  readonly replays: EraserOptions['replays'];
  readonly refusals: { readonly store: Pick<RefusalStore, 'erase'>; readonly flush: () => Promise<void> };
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly metrics: Pick<MainMetrics, 'suppressed'>;
  readonly live: Pick<LiveStream, 'forget'>;
}

/** What erases people, and who is suppressed: the parts that other parts are given. */
export interface Erasures {
  readonly ofIngest: Required<Pick<StoreCallParts, 'withoutSuppressed'>>;
  readonly ofRoutes: HttpServerOptions['erasures'];
  /** Resolves when nothing is being erased any more. */
  readonly stop: () => Promise<void>;
}

/**
 * Opens the erasures, in the main thread, where ingest asks for each event whether somebody is suppressed; goes on with
 * those that the last process left.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openErasures(options: ErasuresOptions): Erasures {
  const { folder, log, history, delivery, replays, refusals, workspace, metrics, live } = options;
  const { ambient, telemetry, onFailure } = options;
  const store = openSqliteErasureStore({ file: folder.erasureFile });
  const destinations = (): readonly Destination[] => workspace.current().destinations;
  const eraser = new Eraser({
    ...{ store, log, replays, destinations, ambient, telemetry, onFailure },
    events: {
      find: async (...asked) => history.find(...asked),
      get: async (position) => history.get(position),
      trace: async (event) => fatesOf(event, await history.deliveriesOf(event.position), destinations(), null),
    },
    people: { find: async (ask) => history.findPerson(ask) },
    lanes: { erase: async (positions) => delivery.erase(positions) },
    refusals: {
      // What every erasure ends with.
      erase: async (person) => {
        live.forget();
        return refusals.store.erase(person);
      },
      flush: refusals.flush,
    },
  });
  eraser.start();
  const onSuppressed = (source: string): void => {
    metrics.suppressed(source);
  };
  return {
    ofIngest: { withoutSuppressed: makeSuppression(store.suppressed, onSuppressed) },
    ofRoutes: {
      reserve: (request) => store.reserve(request),
      ask: async (request, number) => eraser.ask(request, number),
      get: async (number) => store.get(number),
      list: async (ask) => store.list(ask),
      suppressed: store.suppressed,
      unsuppress: async (person) => store.unsuppress(person),
    },
    stop: async () => {
      await eraser.stop();
      await store.close();
    },
  };
}
