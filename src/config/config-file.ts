import { dirname, normalize, resolve } from 'node:path';
import { SluiceError } from '../domain/errors.ts';
import { configFileBytesMax, referredFileBytesMax } from '../domain/limits.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import { mistakesAcross } from './across.ts';
import type { Environment } from './environment.ts';
import { type Path, pathText, type Problem, problemsOf } from '../contract/problems.ts';
import { resolveReferences } from './references.ts';
import { configSchema } from './schema.ts';
import { valueAt } from '../contract/setting-schema.ts';
import { readTextFile, UnreadableFile } from './text-file.ts';
import { type Place, readYaml } from './yaml-file.ts';

/** What a configuration file says, its references resolved. */
export interface FileLayer {
  /** In the file's own terms, without defaults. To be used only when there are no mistakes. */
  readonly values: JsonObject;
  /** All of them, each with its place, in the order of the file. */
  readonly mistakes: readonly string[];
  /** Where it says the value at a path, and by which references: `sluice.yaml:3 ${PORT}`. Null where it says nothing. */
  readonly originOf: (path: Path) => string | null;
}

/** What no file says. */
export const NO_FILE: FileLayer = { values: {}, mistakes: [], originOf: () => null };

/** @throws SluiceError `config_unreadable` */
export function readConfigFile(file: string, environment: Environment): FileLayer {
  const name = normalize(file);
  try {
    const text = readTextFile(file, { bytesMax: configFileBytesMax, regularOnly: false });
    return readConfigText(text, { name, folder: dirname(file), environment });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new SluiceError('config_unreadable', { file: name, reason: error.message }, error);
  }
}

export interface ConfigTextOptions {
  /** What the file is called in mistakes and origins. */
  readonly name: string;
  /** Where paths of `${file:PATH}` begin. */
  readonly folder: string;
  readonly environment: Environment;
}

/** Resolves the references of a configuration file's text, and checks all of it. */
export function readConfigText(text: string, { name, folder, environment }: ConfigTextOptions): FileLayer {
  const yaml = readYaml(text);
  if ('mistakes' in yaml) return { ...NO_FILE, mistakes: located(name, yaml.mistakes) };
  const { value, problems, spelled } = resolveReferences(yaml.value, {
    environment,
    file: (path) => readTextFile(resolve(folder, path), { bytesMax: referredFileBytesMax, regularOnly: true }),
  });
  const mistakes = [...problems, ...otherProblems(value, problems)].map(({ path, message, atKey = false }) => ({
    ...yaml.placeOf(path, atKey ? 'key' : 'value'),
    message: path.length === 0 ? `the file ${message}` : `${pathText(path)}: ${message}`,
  }));
  return {
    values: isJsonObject(value) ? value : {},
    mistakes: located(name, mistakes),
    originOf: (path) => {
      if (valueAt(value, path) === undefined) return null;
      const { line } = yaml.placeOf(path, 'value');
      return [`${name}:${line}`, ...(spelled.get(pathText(path)) ?? [])].join(' ');
    },
  };
}

/** What is wrong with the values themselves. About one whose references could not be resolved, that is all to be said. */
function otherProblems(value: unknown, unresolved: readonly Problem[]): readonly Problem[] {
  const { error } = configSchema.safeParse(value, { reportInput: true });
  const told = new Set(unresolved.map(({ path }) => pathText(path)));
  const all = [...problemsOf(error?.issues ?? [], configSchema, 'YAML'), ...mistakesAcross(value)];
  return all.filter(({ path }) => !told.has(pathText(path)));
}

interface Mistake extends Place {
  readonly message: string;
}

function located(name: string, mistakes: readonly Mistake[]): readonly string[] {
  return mistakes
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, message }) => `${name}:${line}:${column} ${message}`);
}
