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
    .meta({ type: 'integer', minimum: 1, maximum: most, default: otherwise, description: 'How many at most.' });
}

/** What most lists take. */
export const PAGE = { most: 200, otherwise: 50 };

/** Where the next page begins. */
export const cursor = z.string().exactOptional().meta({ description: 'The `next` of the page before.' });

const NO_MOMENT = 'must be a time in ISO 8601, such as 2026-01-31T12:00:00Z';

/** A moment that is asked about, as milliseconds since 1970. */
export const moment = z
  .string()
  .transform((text, context) => {
    // In a query, a plus sign that was not escaped stands for a blank.
    const ms = parseTimestamp(text.replace(/ (?=\d{2}:?\d{2}$)/, '+'));
    if (ms !== null) return ms;
    context.addIssue(NO_MOMENT);
    return z.NEVER;
  })
  .meta({ format: 'date-time' });

/** `true` or `false` in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60 };

/** How long a span of statistics is, as whole minutes. */
export const step = z
  .string()
  .default('1h')
  .transform((text, context) => {
    const [, count = '0', unit = ''] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
    const minutes = Number(count) * (UNIT_MINUTES[unit] ?? 0);
    if (minutes > 0) return minutes;
    context.addIssue('must be a span of minutes, hours or days, such as 1m, 6h or 1d');
    return z.NEVER;
  })
  .meta({
    pattern: String.raw`^\d{1,4}[mhd]$`,
    description: 'How long a span is: minutes, hours or days. Spans begin at its multiples since 1970.',
    examples: ['5m', '1h', '7d'],
  });

/** A page of a list, and how to ask for the next one. */
export function pageOf<Entry extends z.ZodType>(entry: Entry) {
  return z.strictObject({ data: z.array(entry), next });
}

export const next = z.string().nullable().describe('The `cursor` of the page that follows; null on the last one.');

/** A list that is answered whole. */
export const noNext = z.null().describe('There are no more pages.');

/** A moment in an answer. */
export const instant = z.iso.datetime().describe('ISO 8601, in UTC.');

/** How many there are, or were. */
export const count = z.int().min(0);

/** A span, or a size, that is measured: not always whole. */
export const measure = z.number().min(0);

/** Whether a deletion is only told. */
export const dryRun = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .meta({ description: '`true` to delete nothing, and only tell what that would take along.' });

/** The same in an answer. */
export const answeredDryRun = z.boolean().describe('Whether nothing was deleted.');
