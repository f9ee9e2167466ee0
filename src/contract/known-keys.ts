import { z } from 'zod';

/** The keys that may stand in the mapping at a path of what a schema describes; none where it has no mapping. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const at = path.reduce<z.core.$ZodType | undefined>((holder, part) => childOf(holder, part), schema);
  const mapping = bare(at);
  return mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : [];
}

function childOf(schema: z.core.$ZodType | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  const holder = bare(schema);
  if (holder instanceof z.ZodArray) return holder.element;
  return holder instanceof z.ZodObject ? (holder.shape as z.core.$ZodShape)[String(part)] : undefined;
}

function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const isWrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapped ? bare(schema.unwrap()) : schema;
}
