/** What keeps the data within its retention, and measures it: put together for `compose.ts`. */
import type { DataFolder } from './adapters/sql/data-folder.ts';
import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import { databaseBytes } from './adapters/sql/sqlite.ts';
import type { Retention } from './config/schema.ts';
import type { DeliveryThread } from './delivery-link.ts';
import { logSegmentsMin, segmentBytesMax } from './domain/limits.ts';
import type { HistoryThread } from './history-link.ts';
import { type DiskReport, measureDisk } from './pipeline/measure-disk.ts';
import { Pruner, type PrunerOptions } from './pipeline/prune.ts';
import type { RefusalStore } from './ports/refusal-store.ts';

/** Starts what forgets all that is past its retention. Answers how to stop it. */
export function startPruner({
  retention,
  log,
  delivery,
  refusals,
  ambient,
  telemetry,
  onFailure,
}: Pick<PrunerOptions, 'ambient' | 'telemetry' | 'onFailure'> & {
  readonly retention: Retention;
  readonly log: PrunerOptions['log'];
  readonly delivery: Pick<DeliveryThread, 'expire' | 'pruneHistory'>;
  readonly refusals: Pick<RefusalStore, 'prune'>;
}): () => Promise<void> {
  const pruner = new Pruner({
    log,
    lanes: delivery,
    retention: retention.log,
    others: [
      { ...retention.history, prune: async (horizon) => delivery.pruneHistory(horizon) },
      { ...retention.refused, prune: async ({ beforeMs, bytesMax }) => refusals.prune(beforeMs, bytesMax) },
    ],
    ...{ ambient, telemetry, onFailure },
  });
  pruner.start();
  return async () => pruner.stop();
}

/** How large segments of a log are that may hold so much: whole ones are forgotten, so the less, the smaller. */
export function segmentBytesFor(bytesMax: number | null): number {
  return Math.min(segmentBytesMax, (bytesMax ?? Infinity) / logSegmentsMin);
}

/** What measures the disk: each part in the thread that has it. */
export function diskMeasurer({
  retention,
  log,
  history,
  delivery,
  refusals,
}: {
  readonly retention: Retention;
  readonly log: Pick<SqliteEventLog, 'disk'>;
  readonly delivery: Pick<DeliveryThread, 'status'>;
  readonly history: Pick<HistoryThread, 'diskUse'>;
  readonly refusals: Pick<RefusalStore, 'use'>;
}): () => Promise<DiskReport> {
  return async () =>
    measureDisk({
      retention,
      disk: async () => log.disk(),
      past: async () => history.diskUse(),
      refused: async () => refusals.use(),
      lanes: async () => delivery.status(),
    });
}

/** What each of the files beside the log takes on disk. */
export function dataBytes({
  deliveryFile,
  indexFile,
  refusalFile,
}: Pick<DataFolder, 'deliveryFile' | 'indexFile' | 'refusalFile'>) {
  return {
    history: databaseBytes(deliveryFile),
    index: databaseBytes(indexFile),
    refused: databaseBytes(refusalFile),
  };
}
