import { isJsonObject } from '../lib/json-object.ts';
import { sameJson } from '../lib/same-json.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

/**
 * Valid values without those that the schema has as defaults: what `withDefaults` makes complete again. Mappings that
 * are there although they could be left away, and have nothing else in them, stay: their being there says something.
 */
export function withoutDefaults(schema: SettingSchema | undefined, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => withoutDefaults(schemaBelow(schema, index), entry));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, held]): [string, unknown][] => {
    const below = schemaBelow(schema, key);
    const said = withoutDefaults(below, held);
    return below?.default !== undefined && sameJson(said, below.default) ? [] : [[key, said]];
  });
  return Object.fromEntries(entries);
}
