import { restoreFolder } from '../../backup.ts';
import { dataDirOf } from './backup.ts';
import { CopyReport, sizeText } from './copy-report.ts';
import type { Flags } from '../flags.ts';
import { outliveReaders, printJson } from '../output.ts';
import { durationText } from '../printable.ts';
import { stoppable } from './stoppable.ts';

export interface RestoreFlags extends Pick<Flags, 'config' | 'dataDir'> {
  readonly from: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `sluice restore`: a data folder from a backup, checked on its way. */
export async function restore({ from, quiet = false, json = false, ...flags }: RestoreFlags): Promise<void> {
  process.umask(0o077);
  outliveReaders();
  const folder = dataDirOf(flags);
  const report = new CopyReport(quiet || json);
  const signal = stoppable(folder);
  const { files, bytes, takenAt, secretsKey, tookMs } = await report.during(async (onProgress) =>
    restoreFolder({ from, folder, signal, onProgress }),
  );
  if (json) {
    printJson({ from, folder, files, bytes, takenAt, secretsKey, tookMs });
    return;
  }
  const size = `${sizeText(bytes)} in ${files} files, ${durationText(tookMs)}`;
  report.end(
    `restored the backup of ${takenAt} to ${folder}: ${size}`,
    ...(secretsKey === 'elsewhere'
      ? ['its secrets open with a key that is not in it: set `secrets.key` to that before the start']
      : []),
  );
}
