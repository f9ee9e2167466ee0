import { backUpFolder } from '../../backup.ts';
import { CopyReport, sizeText } from './copy-report.ts';
import { type Flags, serveConfig } from '../flags.ts';
import { outliveReaders, printJson } from '../output.ts';
import { durationText } from '../printable.ts';
import { stoppable } from './stoppable.ts';

export interface BackupFlags extends Pick<Flags, 'config' | 'dataDir'> {
  readonly to: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** `sluice backup`: a consistent copy of the data folder, beside a running Sluice or without one. */
export async function backup({ to, quiet = false, json = false, ...flags }: BackupFlags): Promise<void> {
  // Its files hold other people's data, and secrets.
  process.umask(0o077);
  outliveReaders();
  const folder = dataDirOf(flags);
  const report = new CopyReport(quiet || json);
  const signal = stoppable(to);
  const { files, bytes, endAtMs, secretsKey, tookMs } = await report.during(async (onProgress) =>
    backUpFolder({ folder, target: to, signal, onProgress }),
  );
  if (json) {
    const endAt = endAtMs === null ? null : new Date(endAtMs).toISOString();
    printJson({ folder, to, files, bytes, endAt, secretsKey, tookMs });
    return;
  }
  const events = endAtMs === null ? 'no events' : `events up to ${new Date(endAtMs).toISOString()}`;
  const size = `${sizeText(bytes)} in ${files} files, ${durationText(tookMs)}`;
  report.end(
    `backed up ${folder} to ${to}: ${events}, ${size}`,
    ...(secretsKey === 'elsewhere'
      ? ['its secrets open with a key that is not in it, `secrets.key` of the configuration: keep that as well']
      : []),
  );
}

/** Where the flag says, else as `serve` finds it. */
export function dataDirOf(flags: Pick<Flags, 'config' | 'dataDir'>): string {
  return flags.dataDir ?? serveConfig(flags, process.env).load().config.dataDir;
}
