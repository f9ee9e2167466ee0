import { z } from 'zod';
import { CALL_TYPES, EVENT_TYPES } from '../domain/event.ts';
import { FATE_STATES } from '../domain/delivery.ts';
import { defineOperations } from './operation.ts';
import { count, cursor, flag, instant, limit, moment, next, PAGE, pageOf } from './parts.ts';

const type = z.enum(EVENT_TYPES);

/** What one can ask of events, beside their time. */
export const eventFilter = {
  source: z.string().exactOptional().describe('Of this source.'),
  type: type.exactOptional().describe('Of this type.'),
  name: z
    .string()
    .exactOptional()
    .describe('The `event` of a track call, the `name` of a page or screen; the whole of it, case included.'),
  user: z.string().exactOptional().describe('Whose `userId`, `anonymousId` or, of an alias call, `previousId` it is.'),
  messageId: z.string().exactOptional().describe("The sender's id of the message."),
};
/** Those that refused calls do not have. */
const OF_EVENTS_ALONE = ['type', 'name', 'user', 'messageId'] as const;

const event = {
  id: z.string().describe('Ours. Endpoints get it as `webhook-id`.'),
  messageId: z.string().describe("The sender's."),
  source: z.string(),
  type,
  name: z.string().nullable(),
  userId: z.string().nullable(),
  receivedAt: instant,
  body: z.record(z.string(), z.unknown()).describe('What endpoints are sent.'),
};

export const listedEvent = z.strictObject(event).meta({ id: 'Event' });

const fate = z.strictObject({
  destination: z.string(),
  state: z.enum(FATE_STATES),
  reason: z
    .string()
    .nullable()
    .describe(
      'Of `dead` and `cancelled` that of the delivery; of `filtered` whether `integrations` of the sender or `filter` of the destination keeps it away.',
    ),
  deliveries: z.array(z.string()).describe('Ids of its deliveries, as far as there are any.'),
});

const tracedEvent = z
  .strictObject({ ...event, destinations: z.array(fate).describe('What became of it at each destination.') })
  .meta({ id: 'TracedEvent' });

/** A call that was refused, or a batch of them, as far as it was sampled. */
export const refusedCall = z
  .strictObject({
    id: z.string(),
    at: instant,
    source: z.string().nullable().describe('Null: no source has the write key.'),
    reason: z.string().describe('Why.'),
    message: z.string(),
    type: z.enum(CALL_TYPES).nullable().describe('What it is; null for a batch as a whole, or when nobody can tell.'),
    messageId: z.string().nullable(),
    writeKey: z.string().nullable().describe('Its first four characters.'),
    isCut: z.boolean().describe('There was more than `sample` has.'),
    route: z.enum([...CALL_TYPES, 'batch']).describe('What the call came by.'),
    count: count.describe('How many calls were refused with it: all of a batch that was refused whole, else 1.'),
    sample: z.string().nullable().describe('The beginning of what was refused, as JSON text where it was JSON.'),
  })
  .meta({ id: 'RefusedCall' });

const eventPage = z
  .strictObject({
    data: z.array(listedEvent),
    next,
    isComplete: z.boolean().describe('False: the index is still on its way, and the newest events are missing.'),
  })
  .meta({ id: 'EventPage' });

const listQuery = z
  .strictObject({
    ...eventFilter,
    from: moment.exactOptional().describe('Received then or later.'),
    to: moment.exactOptional().describe('Received before that.'),
    refused: flag
      .exactOptional()
      .describe(
        'List refused calls instead: their `source`, where an empty one stands for the unknown, `reason`, `from` and `to`.',
      ),
    reason: z.string().exactOptional().describe('Refused for this reason. Only with `refused=true`.'),
    limit: limit(PAGE),
    cursor,
  })
  .superRefine(({ refused = false, ...asked }, context) => {
    const misplaced = refused ? OF_EVENTS_ALONE : (['reason'] as const);
    for (const name of misplaced) {
      const problem = refused ? 'cannot go with `refused=true`' : 'goes only with `refused=true`';
      if (asked[name] !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
    }
  });

const tag = 'Events';

export const eventOperations = defineOperations({
  listEvents: {
    method: 'GET',
    path: '/events',
    tag,
    summary: 'List what was accepted, or was refused, newest first',
    description:
      'Everything that is given must be so. A page looks at 2,048 events at most: with filters that few events pass it may be short, or empty, and `next` goes on.',
    role: 'viewer',
    query: listQuery,
    status: 200,
    answer: z.union([eventPage, pageOf(refusedCall).meta({ id: 'RefusedCallPage' })]),
    errors: [],
  },
  getEvent: {
    method: 'GET',
    path: '/events/{id}',
    tag,
    summary: 'Show an event and what became of it at each destination',
    role: 'viewer',
    status: 200,
    answer: tracedEvent,
    errors: ['event_not_found'],
  },
});
