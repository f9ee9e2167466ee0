import type { DataFolder } from './adapters/sql/data-folder.ts';
import { openRefusalStoreThread } from './adapters/sql/refusal-store-link.ts';
import { RefusalRecorder } from './pipeline/record-refusals.ts';
import type { Ambient } from './ports/ambient.ts';
import type { RefusalStore } from './ports/refusal-store.ts';
import type { Telemetry } from './ports/telemetry.ts';

export interface Refusals {
  readonly store: RefusalStore;
  readonly watcher: Pick<Telemetry, 'refused'>;
  readonly flush: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What keeps the refused calls, and how it is told of them. */
export async function openRefusals({
  folder,
  ambient,
  telemetry,
  onFailure,
}: {
  readonly folder: Pick<DataFolder, 'refusalFile'>;
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}): Promise<Refusals> {
  const store = await openRefusalStoreThread({ file: folder.refusalFile }, onFailure);
  const recorder = new RefusalRecorder({ store, ambient, telemetry, onFailure });
  const stop = async (): Promise<void> => {
    await recorder.stop();
    await store.close();
  };
  const refused: Telemetry['refused'] = (refusal) => {
    recorder.refused(refusal);
  };
  return { store, watcher: { refused }, flush: async () => recorder.flush(), stop };
}
