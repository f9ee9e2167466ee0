import { z } from 'zod';
import { OUTCOMES } from '../domain/attempt.ts';
import { GAP_REASONS, kindsWith, STREAM_KINDS, type StreamKind } from '../domain/stream-query.ts';
import { attempt } from './deliveries.ts';
import { eventFilter, listedEvent, refusedCall } from './events.ts';
import { defineOperations } from './operation.ts';
import { count, instant } from './parts.ts';

const kinds = z
  .string()
  .transform((text, context) =>
    text.split(',').map((name): StreamKind => {
      const kind = STREAM_KINDS.find((each) => each === name);
      if (kind !== undefined) return kind;
      context.addIssue(`must be some of ${STREAM_KINDS.join(', ')}, with commas between them`);
      return z.NEVER;
    }),
  )
  .meta({ examples: ['event,attempt'] });

/** What can be asked of some kinds alone. */
const FILTERS = {
  ...eventFilter,
  event: z.string().exactOptional().describe('The event with this id, and attempts that carry it.'),
  destination: z.string().exactOptional().describe('Attempts for this destination.'),
  endpoint: z.string().exactOptional().describe('Attempts at this URL.'),
  outcome: z.enum(OUTCOMES).exactOptional().describe('Attempts that came to this.'),
};

const streamQuery = z
  .strictObject({
    ...FILTERS,
    kinds: kinds
      .exactOptional()
      .describe('These kinds alone, with commas between them: `event`, `attempt`, `refused`.'),
    lastEventId: z
      .string()
      .exactOptional()
      .describe('Goes on after this message, for whoever cannot set the header `Last-Event-ID`.'),
  })
  .superRefine((asked, context) => {
    const given = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).filter((name) => asked[name] !== undefined);
    const possible = kindsWith(given);
    for (const kind of asked.kinds ?? []) {
      if (possible.includes(kind)) continue;
      const message = `cannot have ${kind} together with ${given.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['kinds'], message });
    }
  });

const watchedAttempt = attempt
  .extend({
    delivery: z.string(),
    destination: z.string(),
    replay: z.string().nullable(),
    event: z.string().describe('Of a batch its oldest.'),
    events: count.describe('How many it carried.'),
    batch: z.string().nullable().describe('The `webhook-id` of a batch.'),
    type: z.string(),
    name: z.string().nullable(),
    decided: z.enum(['delivered', 'dead']).nullable().describe('What this attempt decided of its delivery.'),
    nextAttemptAt: instant.nullable(),
  })
  .meta({ id: 'WatchedAttempt' });

const gap = z
  .strictObject({
    reason: z.enum(GAP_REASONS),
    count: count.nullable().describe('Null where nobody knows.'),
    counts: z.strictObject({ event: count, attempt: count, refused: count }).nullable(),
    first: z.string().nullable().describe('The first event that was left out.'),
    last: z.string().nullable(),
    from: instant.nullable().describe('What was left out is from then on, and before `to`.'),
    to: instant.nullable(),
  })
  .meta({ id: 'StreamGap' });

export const streamOperations = defineOperations({
  watch: {
    method: 'GET',
    path: '/stream',
    tag: 'Live stream',
    summary: 'Tell what is accepted, refused and attempted, as it happens',
    description:
      'Server-sent events: `event`, `attempt` and `refused` with the object as JSON, and `gap` where something was left out. Of a kind of which something that is given cannot be asked, nothing is told.',
    role: 'viewer',
    query: streamQuery,
    status: 200,
    answer: null,
    messages: {
      event: listedEvent,
      attempt: watchedAttempt,
      refused: refusedCall.omit({ id: true }).meta({ id: 'WatchedRefusal' }),
      gap,
    },
    errors: ['too_many_readers'],
  },
});
