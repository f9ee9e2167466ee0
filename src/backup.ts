/** What `sluice backup` and `sluice restore` need of the adapters: they work beside a running Sluice, and without one. */
import { backUp, type BackupSummary, type CopyOptions } from './adapters/sql/backup.ts';
import { restore, type RestoreSummary } from './adapters/sql/restore.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { keyPlaceOf } from './secrets.ts';
import { version } from './version.ts';

export type { BackupSummary, CopyOptions, CopyProgress } from './adapters/sql/backup.ts';
export type { RestoreSummary } from './adapters/sql/restore.ts';

/** How long what was asked for took. */
export interface Timed {
  readonly tookMs: number;
}

/** @throws SluiceError as `backUp` of `adapters/sql/backup.ts` */
export async function backUpFolder(
  asked: CopyOptions & { readonly folder: string; readonly target: string },
): Promise<BackupSummary & Timed> {
  const ambient = makeSystemAmbient();
  const startedAtMs = ambient.elapsedMs();
  const summary = await backUp({ ...asked, version, keyPlaceOf, ambient });
  return { ...summary, tookMs: ambient.elapsedMs() - startedAtMs };
}

/** @throws SluiceError as `restore` of `adapters/sql/restore.ts` */
export async function restoreFolder(
  asked: CopyOptions & { readonly from: string; readonly folder: string },
): Promise<RestoreSummary & Timed> {
  const ambient = makeSystemAmbient();
  const startedAtMs = ambient.elapsedMs();
  const summary = await restore(asked);
  return { ...summary, tookMs: ambient.elapsedMs() - startedAtMs };
}
