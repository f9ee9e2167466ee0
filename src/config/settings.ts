import { z } from 'zod';
import type { SettingSchema } from '../contract/setting-schema.ts';
import { configSchema } from './schema.ts';

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

/** The words of a key, as environment variables have them: `DRAIN_MS` for `drainMs`. */
export function variableWords(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
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
