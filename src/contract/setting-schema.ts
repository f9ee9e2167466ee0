import type { z } from 'zod';
import type { Path } from './problems.ts';
import type { Secrecy } from './schema-parts.ts';

/** The schema of a setting as data: what may be said, what is said when nothing is, and whether it is a secret. */
export type SettingSchema = z.core.JSONSchema.BaseSchema & { readonly secret?: Secrecy };

/**
 * The schema of one of a mapping's values, or of each entry of a list; undefined for a key that nobody knows. Of
 * alternatives, that of the first one that knows it.
 */
export function schemaBelow(schema: SettingSchema | undefined, part: PropertyKey): SettingSchema | undefined {
  if (schema?.anyOf !== undefined) {
    return schema.anyOf.map((each) => schemaBelow(each as SettingSchema, part)).find((each) => each !== undefined);
  }
  if (schema?.type === 'array') return typeof part === 'number' ? (schema.items as SettingSchema) : undefined;
  if (schema?.type !== 'object') return undefined;
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, part)) return properties[String(part)] as SettingSchema;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** `value` where the path leads, or undefined where it leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((holder, part) => {
    const isThere = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, part);
    return isThere ? (holder as Readonly<Record<PropertyKey, unknown>>)[part] : undefined;
  }, value);
}
