import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { loadConfig, type Override } from '../config/load.ts';
import { DEFAULT_FILE, MINIMAL_CONFIG } from '../config/minimal.ts';
import type { Config } from '../config/schema.ts';
import { isHost } from '../config/values.ts';
import { SluiceError } from '../domain/errors.ts';

/** What the command line says. */
export interface Flags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: number;
}

/**
 * The configuration of `serve`: of the file that is named, else of `sluice.yaml` in the folder it is started in.
 *
 * @throws SluiceError `config_unreadable`, `config_invalid`
 */
export function loadServeConfig(flags: Flags): Config {
  return loadConfig({
    file: flags.config ?? defaultFile(),
    defaultDataDir: './sluice-data',
    overrides: [overrideOf(flags)],
  });
}

/** The configuration of `dev`, which needs no file and looks for none. @throws as `loadServeConfig` */
export function loadDevConfig(flags: Flags): Config {
  return loadConfig({ file: flags.config ?? null, defaultDataDir: './.sluice', overrides: [overrideOf(flags)] });
}

function overrideOf({ host, port, dataDir }: Flags): Override {
  return { http: { host, port }, dataDir };
}

function defaultFile(): string {
  if (existsSync(DEFAULT_FILE)) return DEFAULT_FILE;
  const reason = `there is no such file here. Name one with --config, or write this as ${DEFAULT_FILE}:\n\n${MINIMAL_CONFIG}`;
  throw new SluiceError('config_unreadable', { file: DEFAULT_FILE, reason });
}

/** @throws InvalidArgumentError */
export function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535; 0 picks a free port.');
  }
  return port;
}

/** @throws InvalidArgumentError */
export function hostOf(text: string): string {
  if (!isHost(text)) {
    throw new InvalidArgumentError('It must be a host name or an address alone, such as 127.0.0.1, ::1 or 0.0.0.0.');
  }
  return text;
}

/** @throws InvalidArgumentError */
export function pathOf(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
