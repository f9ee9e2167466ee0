import { writeFileSync } from 'node:fs';
import { SluiceError } from '../../domain/errors.ts';
import { type ExportedWorkspace, exportWorkspace } from '../../provisioning.ts';
import { type Flags, folderConfig } from '../flags.ts';

export interface ExportFlags extends Pick<Flags, 'config' | 'dataDir'> {
  readonly to?: string;
  readonly secrets?: boolean;
  readonly origin?: 'api';
}

/**
 * `sluice export`: writes sources and destinations of a data folder as a configuration file, beside a running Sluice or
 * without one.
 *
 * @throws SluiceError when the folder cannot be read or the file not be written
 */
export function exportConfig({ to, secrets = false, origin, ...flags }: ExportFlags): void {
  const { config } = folderConfig(flags, process.env).load();
  const exported = exportWorkspace(config, { origin: origin ?? null, isOpen: secrets });
  if (exported === null)
    throw new SluiceError('not_a_data_folder', { folder: config.dataDir, missing: 'workspace.db' });
  if (to === undefined) process.stdout.write(exported.text);
  else writeNew(to, exported.text, secrets);
  // Beside the file, which may be on stdout.
  for (const line of remarks(exported, to, secrets)) process.stderr.write(`sluice: ${line}\n`);
}

/** There must be nothing yet: a file that somebody wrote has more in it than this one. */
function writeNew(file: string, text: string, secrets: boolean): void {
  try {
    writeFileSync(file, text, { flag: 'wx', ...(secrets ? { mode: 0o600 } : {}) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EEXIST') throw new SluiceError('export_target_taken', { file }, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError('target_not_writable', { folder: file, reason }, error);
  }
}

function remarks(exported: ExportedWorkspace, to: string | undefined, secrets: boolean): readonly string[] {
  const { sources, destinations, variables, rotating } = exported;
  const what = `${counted(sources, 'source')} and ${counted(destinations, 'destination')}`;
  const kept = secrets ? '; their secrets are in it, and nobody but you can read it (0600)' : '';
  return [
    ...(to === undefined ? [] : [`exported ${what} to ${to}${kept}`]),
    ...(variables.length === 0
      ? []
      : [`its secrets are not in it: ${counted(variables.length, 'environment variable')} to set, listed at its top`]),
    ...rotating.map((id) => `the secret of destination ${id} is being rotated: the file has the new one alone`),
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
