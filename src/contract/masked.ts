import { isJsonObject } from '../lib/json-object.ts';
import { MASK } from '../domain/masked.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

/** What is left of the URLs of endpoints: services that take webhooks put their tokens behind the origin. */
export interface Masking {
  readonly urls: 'origin' | 'whole';
}

/** Values with their secrets masked, as the schema marks them: a mask for a secret, and of a URL its origin alone. */
export function masked(
  schema: SettingSchema | undefined,
  value: unknown,
  masking: Masking = { urls: 'origin' },
): unknown {
  if (typeof value === 'string') return maskedText(schema, value, masking);
  if (Array.isArray(value)) return value.map((entry: unknown) => masked(schemaBelow(schema, 0), entry, masking));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, held]): [string, unknown] => [
    key,
    masked(schemaBelow(schema, key), held, masking),
  ]);
  return Object.fromEntries(entries);
}

function maskedText(schema: SettingSchema | undefined, text: string, { urls }: Masking): string {
  switch (schema?.secret) {
    case undefined:
      return text;
    case 'all':
      return MASK;
    case 'after origin':
      return urls === 'whole' ? text : originOf(text);
  }
}

/** A URL that is nothing but its origin is shown as it is. */
function originOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return MASK;
  return `${parsed.pathname}${parsed.search}` === '/' ? parsed.origin : `${parsed.origin}/${MASK}`;
}
