import { dirname, resolve } from 'node:path';
import { destinationOf } from '../contract/destination-form.ts';
import { keyOf, sourceOf } from '../contract/source-form.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Kept } from '../domain/retention.ts';
import { mergedOver } from '../lib/json-object.ts';
import { backoffMistakes, withPresets } from './backoff-presets.ts';
import { NO_FILE, readConfigFile } from './config-file.ts';
import { addressMistakes } from './endpoint-addresses.ts';
import { giverOf, nested, readEnvironment } from './environment-layer.ts';
import type { Environment, Given } from './environment.ts';
import type { Path } from '../contract/problems.ts';
import { type Config, type ConfigFile, configSchema } from './schema.ts';
import { CONFIG_SCHEMA } from './settings.ts';
import { valueAt } from '../contract/setting-schema.ts';
import { withDefaults } from '../contract/with-defaults.ts';

export interface LoadOptions {
  /** Null for no file. */
  readonly file: string | null;
  /** Stands over the file, and is where its references lead. */
  readonly environment: Environment;
  /** What stands over everything, already checked: flags. A value that is undefined leaves what is below. */
  readonly flags: readonly Given[];
  /** Where the data is when nobody says so. */
  readonly defaultDataDir: string;
  /** Addresses and ranges that endpoints may have besides those of `network.allow`. Without it: none. */
  readonly alsoAllowed?: readonly string[];
}

/** A configuration, and where it comes from. */
export interface Loaded {
  readonly config: Config;
  /** The same in the file's terms, with defaults where nothing was said, references resolved: it holds secrets. */
  readonly values: unknown;
  /** Who says the value at a path of `values`: `default`, `sluice.yaml:3`, `SLUICE_HTTP_PORT`, `--port`. */
  readonly originOf: (path: Path) => string;
}

/**
 * Defaults, the file over them, the environment over both, flags over all.
 *
 * @throws SluiceError `config_unreadable`, `config_invalid` with all mistakes of file and environment
 */
export function loadConfig({ file, environment, flags, defaultDataDir, alsoAllowed = [] }: LoadOptions): Loaded {
  const layer = file === null ? NO_FILE : readConfigFile(file, environment);
  const variables = readEnvironment(environment);
  const mistakes = [...layer.mistakes, ...variables.mistakes];
  if (mistakes.length > 0) throw invalid(mistakes);

  const given = [...variables.given, ...flags.filter(({ value }) => value !== undefined)];
  const said = withPresets(mergedOver(layer.values, nested(given)));
  const declared = configSchema.parse(said);
  const originOf = (path: Path): string => giverOf(given, path)?.by ?? layer.originOf(path) ?? 'default';
  const mistakesBetween = [
    ...tokenMistakes(declared, originOf),
    ...tlsMistakes(declared, originOf),
    ...backoffMistakes(declared, originOf),
    ...addressMistakes(declared, alsoAllowed, originOf),
  ];
  if (mistakesBetween.length > 0) throw invalid(mistakesBetween);
  // A path in the file means the same wherever Sluice is started from; other paths begin there.
  const placed = (path: Path, text: string): string => {
    const isOfFile = file !== null && giverOf(given, path) === undefined && valueAt(said, path) !== undefined;
    return resolve(isOfFile ? dirname(file) : '.', text);
  };
  const dataDir = placed(['dataDir'], declared.dataDir ?? defaultDataDir);
  const tls = tlsOf(declared.http.tls, placed);
  return {
    config: configOf(declared, dataDir, tls),
    values: withDefaults(CONFIG_SCHEMA, mergedOver(said, { dataDir, ...(tls === null ? {} : { http: { tls } }) })),
    originOf,
  };
}

/** Mistakes that are written out; more than that are the same one over and over, and are counted. */
const MISTAKES_SHOWN_MAX = 200;

function invalid(mistakes: readonly string[]): SluiceError {
  const left = mistakes.length - MISTAKES_SHOWN_MAX;
  const shown = [...mistakes.slice(0, MISTAKES_SHOWN_MAX), ...(left > 0 ? [`and ${left} more`] : [])];
  return new SluiceError('config_invalid', { count: mistakes.length, problems: shown.join('\n') });
}

type OriginOf = Loaded['originOf'];

/** Whoever reads the page of a web site has its write key. */
function tokenMistakes({ sources, admin }: ConfigFile, originOf: OriginOf): readonly string[] {
  const isPublic = sources.some(({ writeKeys }) => writeKeys.some((said) => keyOf(said) === admin.token));
  return isPublic ? [`${originOf(['admin', 'token'])}: admin.token: is a write key; choose another`] : [];
}

/** Either may come from elsewhere than the other, so what is there is known only now. */
function tlsMistakes({ http }: ConfigFile, originOf: OriginOf): readonly string[] {
  const { certificate, key } = http.tls;
  if ((certificate === undefined) === (key === undefined)) return [];
  const [given, missing] = key === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
  const by = originOf(['http', 'tls', given]);
  return [`${by}: http.tls: has a \`${given}\` and no \`${missing}\`; set both for HTTPS, or neither for plain HTTP`];
}

function tlsOf(
  { certificate, key }: ConfigFile['http']['tls'],
  placed: (path: Path, text: string) => string,
): Config['http']['tls'] {
  if (certificate === undefined || key === undefined) return null;
  return {
    certificate: placed(['http', 'tls', 'certificate'], certificate),
    key: placed(['http', 'tls', 'key'], key),
  };
}

function configOf(declared: ConfigFile, dataDir: string, tls: Config['http']['tls']): Config {
  return {
    http: { ...declared.http, tls, publicUrl: declared.http.publicUrl ?? null },
    dataDir,
    network: { ...declared.network, proxy: declared.network.proxy ?? null },
    delivery: declared.delivery,
    storage: { reserveBytes: declared.storage.reserve },
    retention: retentionOf(declared.retention),
    alerts: { ...declared.alerts, webhookUrl: declared.alerts.webhookUrl ?? null },
    admin: { token: declared.admin.token ?? null },
    secrets: { key: declared.secrets.key ?? null, previousKey: declared.secrets.previousKey ?? null },
    log: declared.log,
    sources: declared.sources.map((said) => sourceOf(said, 'file')),
    destinations: declared.destinations.map((said) => destinationOf(said, 'file')),
  };
}

function retentionOf({ log, history, refused }: ConfigFile['retention']): Config['retention'] {
  return {
    log: keptOf(log),
    history: keptOf(history),
    refused: keptOf(refused),
  };
}

function keptOf({ age, size }: ConfigFile['retention']['log']): Kept {
  return { ageMs: age, bytes: size ?? null };
}
