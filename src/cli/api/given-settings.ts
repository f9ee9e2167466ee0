import { InvalidArgumentError } from 'commander';
import { isJsonObject, type JsonObject, mergedOver } from '../../lib/json-object.ts';
import { CommandFailure } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { textOf } from './target.ts';

/** One setting that `--set` gives. */
export interface GivenSetting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Gathers `--set delivery.retries=5`, which may be given several times. @throws InvalidArgumentError */
export function collectSetting(text: string, before: readonly GivenSetting[] = []): readonly GivenSetting[] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const path = name.split('.');
  if (name === '' || path.some((key) => !/^\w+$/.test(key))) {
    throw new InvalidArgumentError('It must be a setting and its value, such as delivery.retries=5.');
  }
  return [...before, { path, value: valueOf(value) }];
}

/** As JSON where it is JSON (`5`, `true`, `null`, `["a"]`), else as the text that it is. */
export function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Settings as the object that they are of. Later ones stand over earlier ones. */
export function settingsObject(given: readonly GivenSetting[]): JsonObject {
  return given.reduce<JsonObject>((object, { path, value }) => {
    const nested = path.reduceRight<unknown>((held, key) => Object.fromEntries([[key, held]]), value);
    return mergedOver(object, nested as JsonObject);
  }, {});
}

/** What a file of JSON or YAML says, of stdin for `-`. @throws CommandFailure when it is no object */
export async function objectIn(file: string): Promise<JsonObject> {
  const text = textOf(file);
  const { parse } = await import('yaml');
  let said: unknown;
  try {
    said = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('usage', `${printable(file, 200)} is neither JSON nor YAML: ${printable(reason, 300)}`);
  }
  if (isJsonObject(said)) return said;
  throw new CommandFailure('usage', `${printable(file, 200)} must have one object: keys and values`);
}

/** Every value in an object with the path that `--set` takes; lists as JSON. */
export function pathsIn(value: unknown, path = ''): readonly (readonly [path: string, text: string])[] {
  if (!isJsonObject(value)) return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, held]) => pathsIn(held, path === '' ? key : `${path}.${key}`));
}
