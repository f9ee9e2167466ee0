import { z } from 'zod';
import { parseTimestamp } from '../domain/timestamp.ts';

/** How many entries a page has. */
export function limit({ most, otherwise }: { readonly most: number; readonly otherwise: number }) {
  return z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return otherwise;
      const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
      if (count >= 1 && count <= most) return count;
      context.addIssue(`must be a whole number from 1 to ${most}`);
      return z.NEVER;
    })
    .meta({ description: `How many at most: 1 to ${most}, ${otherwise} when it is not given.` });
}

/** Where the next page begins. */
export const cursor = z.string().optional().meta({ description: 'The `next` of the page before.' });

const NO_MOMENT = 'must be a time in ISO 8601, such as 2026-01-31T12:00:00Z';

/** A moment that is asked about, as milliseconds since 1970. */
export const moment = z.string(NO_MOMENT).transform((text, context) => {
  // In a query, a plus sign that was not escaped stands for a blank.
  const ms = parseTimestamp(text.replace(/ (?=\d{2}:?\d{2}$)/, '+'));
  if (ms !== null) return ms;
  context.addIssue(NO_MOMENT);
  return z.NEVER;
});

/** A page of a list, and how to ask for the next one. */
export function pageOf<Entry extends z.ZodType>(entry: Entry) {
  return z.strictObject({
    data: z.array(entry),
    next: z.string().nullable().describe('The `cursor` of the page that follows; null on the last one.'),
  });
}

/** A moment in an answer. */
export const instant = z.iso.datetime().describe('ISO 8601, in UTC.');

/** Whether a deletion is only told. */
export const dryRun = z
  .enum(['true', 'false'], 'must be true or false')
  .optional()
  .transform((text) => text === 'true')
  .meta({ description: '`true` to delete nothing, and only tell what that would take along.' });

/** The same in an answer. */
export const answeredDryRun = z.boolean().describe('Whether nothing was deleted.');
