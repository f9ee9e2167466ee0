import { isJsonObject } from '../lib/json-object.ts';
import type { Loaded } from './load.ts';
import { masked } from '../contract/masked.ts';
import { type Path, pathText } from '../contract/problems.ts';
import { CONFIG_SCHEMA } from './settings.ts';

/** A configuration as it may be shown to anybody. */
export interface ShownConfig {
  /** In the file's terms and complete, secrets masked. */
  readonly values: unknown;
  /** Where each value is from that is no mapping and no list, or an empty one: by its path, `http.port`. */
  readonly origins: Readonly<Record<string, string>>;
}

export function shownConfig({ values, originOf }: Loaded): ShownConfig {
  const paths = leavesOf(values, []);
  return {
    values: masked(CONFIG_SCHEMA, values),
    origins: Object.fromEntries(paths.map((path) => [pathText(path), originOf(path)])),
  };
}

/** What lies below a value: null when nothing does, because it is no mapping and no list, or an empty one. */
export function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] | null {
  const isHolder = Array.isArray(value) || isJsonObject(value);
  if (!isHolder) return null;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.length === 0 ? null : entries;
}

function leavesOf(value: unknown, path: Path): readonly Path[] {
  return entriesOf(value)?.flatMap(([key, held]) => leavesOf(held, [...path, key])) ?? [path];
}
