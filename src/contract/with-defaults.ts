import { isJsonObject } from '../lib/json-object.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

/**
 * Valid values with the schema's defaults wherever they say nothing. Keys stand in the order of the schema. What is
 * optional and has no default stays away.
 */
export function withDefaults(schema: SettingSchema | undefined, value: unknown): unknown {
  const said = value === undefined ? schema?.default : value;
  if (Array.isArray(said)) return said.map((entry: unknown) => withDefaults(schemaBelow(schema, 0), entry));
  if (!isJsonObject(said) || schema?.properties === undefined) return said;
  const entries = Object.entries(schema.properties).map(([key, child]): [string, unknown] => [
    key,
    withDefaults(child as SettingSchema, Object.hasOwn(said, key) ? said[key] : undefined),
  ]);
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}
