import { z } from 'zod';
import { nameCharsMax } from '../domain/limits.ts';
import { MASK } from '../domain/masked.ts';

/** Runs a check also where another mistake was found, so that both are told. It then meets values of any shape. */
export const ALWAYS = { when: () => true };

/** A list whose length is checked whatever its entries are, where Zod's `max` would hide their mistakes. */
export function listOf<T extends z.ZodType>(
  entry: T,
  { min = 0, max, tooMany }: { readonly min?: number; readonly max: number; readonly tooMany?: string },
) {
  return z
    .array(entry)
    .superRefine((list: unknown, context) => {
      if (!Array.isArray(list)) return;
      if (list.length < min) context.addIssue(`must have at least ${min} ${min === 1 ? 'entry' : 'entries'}`);
      if (list.length > max) context.addIssue(`has ${list.length} entries; ${tooMany ?? `at most ${max} are allowed`}`);
    }, ALWAYS)
    .meta({ ...(min > 0 ? { minItems: min } : {}), maxItems: max });
}

/**
 * How much of a setting is nobody's business but its reader's: all of a secret, and of an endpoint's URL what follows
 * its origin, since services that take webhooks put their tokens there. Part of a setting's schema, as `secret`.
 */
export type Secrecy = 'all' | 'after origin';

/** Marks a text as a secret. What `sluice config` prints in place of secrets is none. */
export function secret(schema: z.ZodString): z.ZodString {
  const message = 'is what secrets are shown as; write the secret itself';
  return schema.refine((text) => text !== MASK, message).meta({ secret: 'all' satisfies Secrecy });
}

/** What a source and a destination are named by: in URLs, in events, in metrics. */
export const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, `_` or `-`, beginning with a letter or digit',
  );

/** What people call it. */
export const name = z
  .string()
  .min(1, 'must not be empty; leave it out to use the id')
  .max(nameCharsMax, `must have at most ${nameCharsMax} characters`);

export const enabled = z.boolean().default(true);
