import { readFileSync, statSync } from 'node:fs';
import { dirname, normalize, resolve } from 'node:path';
import type { Destination, Endpoint } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { configFileBytesMax } from '../domain/limits.ts';
import type { Source } from '../domain/source.ts';
import { mistakesAcross } from './across.ts';
import { pathText, problemsOf } from './problems.ts';
import { type Config, type ConfigFile, configSchema, knownKeys } from './schema.ts';
import { readYaml, type SyntaxMistake } from './yaml-file.ts';

/** What stands over the file, already checked: today the flags. An absent value leaves what is below. */
export interface Override {
  readonly http?: { readonly host?: string | undefined; readonly port?: number | undefined };
  readonly dataDir?: string | undefined;
}

export interface LoadOptions {
  /** Null for no file: all defaults. */
  readonly file: string | null;
  /** Where the data is when neither file nor override says so. */
  readonly defaultDataDir: string;
  /** Each stands over those before it. */
  readonly overrides: readonly Override[];
}

/**
 * Defaults, the file over them, the overrides over both.
 *
 * @throws SluiceError `config_unreadable`, `config_invalid` with all mistakes of the file
 */
export function loadConfig({ file, defaultDataDir, overrides }: LoadOptions): Config {
  const declared = file === null ? configSchema.parse({}) : parseConfig(readConfigFile(file), file);
  const { http, dataDir } = mergeOverrides(overrides);
  return {
    http: { host: http?.host ?? declared.http.host, port: http?.port ?? declared.http.port },
    dataDir: resolve(dataDir ?? dataDirOf(declared, file) ?? defaultDataDir),
    network: declared.network,
    delivery: declared.delivery,
    storage: { reserveBytes: declared.storage.reserve },
    retention: retentionOf(declared.retention),
    admin: { token: declared.admin.token ?? null },
    log: declared.log,
    sources: declared.sources.map(sourceOf),
    destinations: declared.destinations.map(destinationOf),
  };
}

/** What all overrides say together: of each setting, what the last one says that has it. */
export function mergeOverrides(overrides: readonly Override[]): Override {
  return overrides.reduce<Override>(
    (below, { http, dataDir }) => ({
      http: { host: http?.host ?? below.http?.host, port: http?.port ?? below.http?.port },
      dataDir: dataDir ?? below.dataDir,
    }),
    {},
  );
}

/**
 * Checks the text of a configuration file.
 *
 * @param name what the file is called in mistakes
 * @throws SluiceError `config_invalid` with all mistakes, in the order of the file
 */
export function parseConfig(text: string, name: string): ConfigFile {
  const yaml = readYaml(text);
  if ('mistakes' in yaml) throw invalid(name, yaml.mistakes);
  const { data, error } = configSchema.safeParse(yaml.value, { reportInput: true });
  const problems = [...problemsOf(error?.issues ?? [], knownKeys), ...mistakesAcross(yaml.value)];
  if (data !== undefined && problems.length === 0) return data;
  throw invalid(
    name,
    problems.map(({ path, message, atKey = false }) => ({
      ...yaml.placeOf(path, atKey ? 'key' : 'value'),
      message: path.length === 0 ? `the file ${message}` : `${pathText(path)}: ${message}`,
    })),
  );
}

/** Mistakes that are written out; more than that are the same one over and over, and are counted. */
const MISTAKES_SHOWN_MAX = 200;

function invalid(name: string, mistakes: readonly SyntaxMistake[]): SluiceError {
  const file = normalize(name);
  const sorted = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = sorted
    .slice(0, MISTAKES_SHOWN_MAX)
    .map(({ line, column, message }) => `${file}:${line}:${column} ${message}`);
  const left = sorted.length - shown.length;
  const problems = [...shown, ...(left > 0 ? [`and ${left} more`] : [])].join('\n');
  return new SluiceError('config_invalid', { file, count: sorted.length, problems });
}

function readConfigFile(name: string): string {
  const bytes = readBytes(name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(name, 'it is not UTF-8 text', error);
  }
}

function readBytes(name: string): Uint8Array {
  try {
    // Asked before as well, so that a huge file isn't read to find out.
    if (statSync(name).size <= configFileBytesMax) {
      const bytes = readFileSync(name);
      if (bytes.length <= configFileBytesMax) return bytes;
    }
  } catch (error) {
    throw unreadable(name, reasonOf(error), error);
  }
  throw unreadable(name, `it is larger than ${configFileBytesMax} bytes`);
}

function unreadable(name: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('config_unreadable', { file: normalize(name), reason }, cause);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error ? REASONS[String(error.code)] : undefined) ?? error.message;
}

/** A path in the file means the same wherever Sluice is started from. */
function dataDirOf(declared: ConfigFile, file: string | null): string | undefined {
  return declared.dataDir === undefined ? undefined : resolve(dirname(file ?? '.'), declared.dataDir);
}

function retentionOf({ log, history, refused }: ConfigFile['retention']): Config['retention'] {
  return {
    log: { ageMs: log.age, bytes: log.size ?? null },
    history: { ageMs: history.age },
    refused: { ageMs: refused.age },
  };
}

function sourceOf({ id, name, enabled, writeKeys }: ConfigFile['sources'][number]): Source {
  return { id, name: name ?? id, enabled, writeKeys };
}

function destinationOf(declared: ConfigFile['destinations'][number]): Destination {
  const { id, name, sources, type, enabled, settings, delivery } = declared;
  return {
    id,
    name: name ?? id,
    sources,
    type,
    enabled,
    endpoints: endpointsOf(settings),
    sharedSecret: settings.sharedSecret ?? null,
    delivery,
  };
}

/** The ones that count: with any webhook, the URL of the basic settings is ignored (Webhooks integration, fact 5). */
function endpointsOf({ webhookUrl, webhooks }: ConfigFile['destinations'][number]['settings']): readonly Endpoint[] {
  if (webhooks.length > 0) return webhooks;
  return webhookUrl === undefined ? [] : [{ url: webhookUrl, headers: {} }];
}
