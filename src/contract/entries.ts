import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import type { Path, Problem } from './problems.ts';

/** A text, and where it stands. */
export interface Text {
  readonly path: Path;
  readonly text: string;
}

/** A mapping in a list, and where it stands. */
export interface Entry {
  readonly path: Path;
  readonly value: JsonObject;
}

/** The mappings in what may be a list; passes over all else. */
export function entriesOf(list: unknown, path: Path): Entry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) => (isJsonObject(value) ? [{ path: [...path, index], value }] : []));
}

/** The texts in what may be a list; passes over all else. */
export function textsIn(list: unknown, path: Path): Text[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((text: unknown, index) => (typeof text === 'string' ? [{ path: [...path, index], text }] : []));
}

/** What mappings say at a key, where it is a text. */
export function textsAt(entries: readonly Entry[], key: string): Text[] {
  return entries.flatMap(({ path, value }) => {
    const text = Object.hasOwn(value, key) ? value[key] : undefined;
    return typeof text === 'string' ? [{ path: [...path, key], text }] : [];
  });
}

/** A mistake at each text that was there before. */
export function repeated(given: readonly Text[], message: string): Problem[] {
  const seen = new Set<string>();
  return given.flatMap(({ path, text }) => {
    if (seen.has(text)) return [{ path, message }];
    seen.add(text);
    return [];
  });
}
