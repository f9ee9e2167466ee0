import { z } from 'zod';

/** The keys that may stand in the mapping at a path of what a schema describes; none where it has no mapping. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const at = path.reduce<z.core.$ZodType | undefined>((holder, part) => childOf(holder, part), schema);
  const mapping = mappingIn(at);
  return mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : [];
}

function childOf(schema: z.core.$ZodType | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  const list = bare(schema);
  if (list instanceof z.ZodArray) return list.element;
  const holder = mappingIn(schema);
  return holder instanceof z.ZodObject ? (holder.shape as z.core.$ZodShape)[String(part)] : undefined;
}

/** Of alternatives the one that is a mapping: a text has no keys. */
function mappingIn(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const held = bare(schema);
  if (!(held instanceof z.ZodUnion)) return held;
  return held.options.map(bare).find((option) => option instanceof z.ZodObject);
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const isWrapped =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional;
  return isWrapped ? bare(schema.unwrap()) : schema;
}
