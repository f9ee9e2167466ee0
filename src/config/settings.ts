import { z } from 'zod';
import type { Path } from '../contract/problems.ts';
import { configSchema } from './schema.ts';
import type { Secrecy } from '../contract/schema-parts.ts';

/** The schema of a setting as data: what may be said, what is said when nothing is, and whether it is a secret. */
export type SettingSchema = z.core.JSONSchema.BaseSchema & { readonly secret?: Secrecy };

/** The configuration in the terms of the file: times and sizes are texts with a unit. */
export const CONFIG_SCHEMA = z.toJSONSchema(configSchema, { io: 'input' }) as SettingSchema;

/** A setting that is there once, and so can be set by an environment variable: everything but what lies in a list. */
export interface Setting {
  readonly path: readonly string[];
  /** Its environment variable: `SLUICE_DELIVERY_DRAIN_MS` for `delivery.drainMs`. */
  readonly variable: string;
  readonly schema: SettingSchema;
}

export const VARIABLE_PREFIX = 'SLUICE_';

/** Every setting that holds a text, a number, a yes or no, or a list of these. In the order of the schema. */
export const SETTINGS: readonly Setting[] = settingsBelow([], CONFIG_SCHEMA);

/** The keys at the top of the file, `sources` and `destinations` included. */
export const TOP_LEVEL_KEYS: readonly string[] = Object.keys(CONFIG_SCHEMA.properties ?? {});

/** The schema of one of a mapping's values, or of each entry of a list; undefined for a key that nobody knows. */
export function schemaBelow(schema: SettingSchema | undefined, part: PropertyKey): SettingSchema | undefined {
  if (schema?.type === 'array') return schema.items as SettingSchema;
  if (schema?.type !== 'object') return undefined;
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, part)) return properties[String(part)] as SettingSchema;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** The words of a key, as environment variables have them: `DRAIN_MS` for `drainMs`. */
export function variableWords(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** `value` where the path leads, or undefined where it leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((holder, part) => {
    const isThere = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, part);
    return isThere ? (holder as Readonly<Record<PropertyKey, unknown>>)[part] : undefined;
  }, value);
}

function settingsBelow(path: readonly string[], schema: SettingSchema): readonly Setting[] {
  if (schema.type === 'object') {
    return Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
      settingsBelow([...path, key], child as SettingSchema),
    );
  }
  const entries = schema.type === 'array' ? (schema.items as SettingSchema) : null;
  if (entries?.type === 'object') return [];
  return [{ path, variable: `${VARIABLE_PREFIX}${path.map(variableWords).join('_')}`, schema }];
}
