import { isJsonObject } from '../lib/json-object.ts';
import { sameJson } from '../lib/same-json.ts';
import { masked } from './masked.ts';
import { type Path, pathText } from './problems.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

/** A setting that differs. */
export interface FieldChange {
  /** `settings.webhooks[0].url` */
  readonly path: string;
  /** As it may be shown; undefined where it is not said. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** What differs is the part that is not shown. */
  readonly isHidden: boolean;
}

/** What differs between two forms of one thing, in the order of the newer one; a list of plain values as a whole. */
export function fieldChanges(before: unknown, after: unknown, schema: SettingSchema): readonly FieldChange[] {
  return changesBelow([], before, after, schema);
}

function changesBelow(path: Path, before: unknown, after: unknown, schema: SettingSchema | undefined): FieldChange[] {
  if (sameJson(before, after)) return [];
  const keys = keysOf(after, before);
  if (keys !== null) {
    return keys.flatMap((key) =>
      changesBelow([...path, key], heldAt(before, key), heldAt(after, key), schemaBelow(schema, key)),
    );
  }
  const [shownBefore, shownAfter] = [masked(schema, before), masked(schema, after)];
  const shown = {
    ...(before === undefined ? {} : { before: shownBefore }),
    ...(after === undefined ? {} : { after: shownAfter }),
  };
  return [{ path: pathText(path), ...shown, isHidden: sameJson(shownBefore, shownAfter) }];
}

/** Where two values are looked into; null where they are told as a whole. Nothing counts as an empty one. */
function keysOf(after: unknown, before: unknown): readonly (string | number)[] | null {
  const there = [after, before].filter((each) => each !== undefined);
  if (there.every(isJsonObject)) return [...new Set(there.flatMap((each) => Object.keys(each)))];
  if (!there.every(isListOfObjects)) return null;
  const length = Math.max(...there.map((each) => each.length));
  return length === 0 ? null : Array.from({ length }, (_entry, index) => index);
}

function isListOfObjects(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

function heldAt(holder: unknown, key: string | number): unknown {
  const isThere = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key);
  return isThere ? (holder as Readonly<Record<string | number, unknown>>)[key] : undefined;
}
