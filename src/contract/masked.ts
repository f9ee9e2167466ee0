import { isJsonObject } from '../lib/json-object.ts';
import { MASK } from '../domain/masked.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

/** Values with their secrets masked, as the schema marks them: a mask for a secret, and of a URL its origin alone. */
export function masked(schema: SettingSchema | undefined, value: unknown): unknown {
  if (typeof value === 'string') return maskedText(schema, value);
  if (Array.isArray(value)) return value.map((entry: unknown) => masked(schemaBelow(schema, 0), entry));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, masked(schemaBelow(schema, key), held)]));
}

function maskedText(schema: SettingSchema | undefined, text: string): string {
  switch (schema?.secret) {
    case undefined:
      return text;
    case 'all':
      return MASK;
    case 'after origin':
      return originOf(text);
  }
}

/** A URL that is nothing but its origin is shown as it is. */
function originOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return MASK;
  return `${parsed.pathname}${parsed.search}` === '/' ? parsed.origin : `${parsed.origin}/${MASK}`;
}
