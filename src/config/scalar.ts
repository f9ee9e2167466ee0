import { isScalar, parseDocument } from 'yaml';
import type { SettingSchema } from '../contract/setting-schema.ts';

/** Numbers and `false` are shorter: whatever is longer is text. */
const CHARS_MAX = 64;

/**
 * What a text from outside the file means where the schema stands: a number or a boolean, read as YAML would read it
 * there, where one is wanted, and text everywhere else. So a secret of digits needs no quotes. A text that is no number
 * stays one, for the schema to refuse.
 */
export function scalarOf(schema: SettingSchema | undefined, text: string): unknown {
  if (schema?.type !== 'integer' && schema?.type !== 'number' && schema?.type !== 'boolean') return text;
  const trimmed = text.trim();
  if (trimmed.length > CHARS_MAX) return text;
  const read = parseDocument(trimmed).contents;
  // A quoted text, a comment behind a number and the like have another source than the whole.
  if (!isScalar(read) || read.source !== trimmed) return text;
  return typeof read.value === 'number' || typeof read.value === 'boolean' ? read.value : text;
}
