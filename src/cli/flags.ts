import { existsSync, statSync } from 'node:fs';
import { type Environment, fileOf, type Given } from '../config/environment.ts';
import { type Loaded, loadConfig, type LoadOptions } from '../config/load.ts';
import { DEFAULT_FILE, MINIMAL_CONFIG } from '../config/minimal.ts';
import { OWN_NETWORK } from '../domain/address-policy.ts';
import { SluiceError } from '../domain/errors.ts';

/** What the command line says. */
export interface Flags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: number;
}

/** Where a command's configuration comes from, which may be read any number of times. */
export interface Configured {
  /** Null for no file. */
  readonly file: string | null;
  /** Reads all of it, as it is now. @throws SluiceError `config_unreadable`, `config_invalid` */
  readonly load: () => Loaded;
  /** Reads it again while it is in use. @throws as `load`, and where the file cannot have been meant */
  readonly reload: () => Loaded;
}

/**
 * The configuration of `serve`: of the file that flag or environment name, else of `sluice.yaml` in the folder it is
 * started in.
 *
 * @throws SluiceError `config_unreadable` when there is none
 */
export function serveConfig(flags: Flags, environment: Environment): Configured {
  const file = flags.config ?? fileOf(environment) ?? defaultFile();
  return configured(flags, { file, environment, defaultDataDir: './sluice-data' });
}

/**
 * The configuration of a command that only looks into a data folder: with `--data-dir` it needs no file, and reads one
 * only when it is named; else it is that of `serve`.
 */
export function folderConfig(flags: Flags, environment: Environment): Configured {
  const file = flags.config ?? fileOf(environment) ?? null;
  if (file !== null || flags.dataDir === undefined) return serveConfig(flags, environment);
  return configured(flags, { file, environment, defaultDataDir: './sluice-data' });
}

/** The configuration of `dev`, which needs no file and looks for none. */
export function devConfig(flags: Flags, environment: Environment): Configured {
  const file = flags.config ?? fileOf(environment) ?? null;
  return configured(flags, { file, environment, defaultDataDir: './.sluice', alsoAllowed: OWN_NETWORK });
}

function configured(flags: Flags, options: Omit<LoadOptions, 'flags'>): Configured {
  const { file } = options;
  const load = (): Loaded => loadConfig({ ...options, flags: givenBy(flags) });
  const reload = (): Loaded => {
    if (file !== null) checkReloadable(file);
    return load();
  };
  return { file, load, reload };
}

/**
 * A pipe that was read once has nothing more to say, and a file that is just being written is empty: both would remove
 * everything.
 */
function checkReloadable(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || (stat.isFile() && stat.size > 0)) return;
  const reason = stat.isFile()
    ? 'it is empty; to remove everything, write `{}`'
    : 'only a regular file can be read again';
  throw new SluiceError('config_unreadable', { file, reason });
}

function givenBy({ host, port, dataDir }: Flags): readonly Given[] {
  return [
    { path: ['http', 'host'], by: '--host', value: host },
    { path: ['http', 'port'], by: '--port', value: port },
    { path: ['dataDir'], by: '--data-dir', value: dataDir },
  ];
}

function defaultFile(): string {
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE;
  const reason = `there is no such file here. Name one with --config or SLUICE_CONFIG, or write this as ${DEFAULT_FILE}:\n\n${MINIMAL_CONFIG}`;
  throw new SluiceError('config_unreadable', { file: DEFAULT_FILE, reason });
}
