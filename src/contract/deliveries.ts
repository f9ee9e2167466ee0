import { z } from 'zod';
import { ATTEMPT_ERRORS, type AttemptErrorCode, OUTCOMES } from '../domain/attempt.ts';
import { DELIVERY_STATES } from '../domain/delivery.ts';
import { deliveriesRetriedMax } from '../domain/limits.ts';
import { eventFilter } from './events.ts';
import { defineOperations } from './operation.ts';
import { count, cursor, instant, limit, measure, moment, PAGE, pageOf } from './parts.ts';

const phase = measure.nullable();

/** One exchange with one endpoint. */
export const attempt = z
  .strictObject({
    endpoint: z.string().describe('Its URL.'),
    number: count.describe('From 1, for each endpoint.'),
    at: instant,
    durationMs: measure,
    outcome: z
      .enum(OUTCOMES)
      .describe('`failed`: another attempt may help; `rejected`: none will; `skipped`: it was never made.'),
    status: z.int().nullable().describe('Of the answer; null where none came.'),
    error: z
      .strictObject({ code: z.string(), message: z.string() })
      .nullable()
      .describe('Why it did not succeed: the code of an error, or `http_` and the status.'),
    request: z
      .strictObject({ headers: z.record(z.string(), z.string()) })
      .nullable()
      .describe('As it was sent, with values of configured headers masked.'),
    response: z
      .strictObject({ headers: z.record(z.string(), z.string()), body: z.string(), isCut: z.boolean() })
      .nullable(),
    timing: z
      .strictObject({ dnsMs: phase, connectMs: phase, tlsMs: phase, waitMs: phase, readMs: phase })
      .nullable()
      .describe('Null for a phase that did not happen, and where nothing was kept.'),
  })
  .meta({ id: 'Attempt' });

export const delivery = z
  .strictObject({
    id: z.string(),
    destination: z.string(),
    replay: z.string().nullable().describe('The replay that it is of; null for a delivery of what came.'),
    event: z.string(),
    state: z.enum(DELIVERY_STATES),
    reason: z
      .string()
      .nullable()
      .describe(
        'Why it is dead or cancelled: the code of an error, `http_` and a status, `event_expired`, `event_erased`, `destination_gone`, `endpoint_removed`, `success_changed`, `replay_cancelled`.',
      ),
    nextAttemptAt: instant.nullable(),
    attempts: z.array(attempt),
  })
  .meta({ id: 'Delivery' });

const NO_ERROR = 'must be the code of an attempt that did not succeed, such as timeout or http_503';
const isErrorCode = (text: string): boolean => Object.hasOwn(ATTEMPT_ERRORS, text) || /^http_[1-5]\d\d$/.test(text);

const listQuery = z
  .strictObject({
    destination: z.string().exactOptional().describe('Of this destination, also of one that is gone.'),
    state: z.enum(DELIVERY_STATES).exactOptional().describe('In this state.'),
    event: z.string().exactOptional().describe('Of the event with this id.'),
    from: moment.exactOptional().describe('Whose events were received then or later.'),
    to: moment.exactOptional().describe('Whose events were received before that.'),
    ...eventFilter,
    endpoint: z.string().exactOptional().describe('With an attempt at this URL.'),
    outcome: z.enum(OUTCOMES).exactOptional().describe('With an attempt that came to this.'),
    error: z
      .custom<AttemptErrorCode | `http_${number}`>((text) => typeof text === 'string' && isErrorCode(text), NO_ERROR)
      .exactOptional()
      .meta({
        type: 'string',
        description: 'With an attempt that failed so: the code of an error, or `http_` and a status.',
        examples: ['timeout', 'http_503'],
      }),
    limit: limit(PAGE),
    cursor,
  })
  .superRefine(({ event, ...asked }, context) => {
    const names = Object.keys(eventFilter) as (keyof typeof eventFilter)[];
    if (event === undefined || names.every((name) => asked[name] === undefined)) return;
    const message = `cannot go with ${names.join(', ')}: it names one event already`;
    context.addIssue({ code: 'custom', path: ['event'], message });
  });

const tag = 'Deliveries';

export const deliveryOperations = defineOperations({
  listDeliveries: {
    method: 'GET',
    path: '/deliveries',
    tag,
    summary: 'List what became of events at each destination, those of the newest events first',
    description:
      '`endpoint`, `outcome` and `error` are of one and the same attempt. A page looks at about a thousand deliveries: where few of them are wanted it may be short or empty, and `next` goes on.',
    role: 'viewer',
    query: listQuery,
    status: 200,
    answer: pageOf(delivery).meta({ id: 'DeliveryPage' }),
    errors: [],
  },
  retryDeliveries: {
    method: 'POST',
    path: '/deliveries/retry',
    tag,
    summary: 'Try all dead deliveries of a destination again, the oldest first',
    role: 'admin',
    query: z.strictObject({
      destination: z.string().describe('Its id.'),
      limit: limit({ most: deliveriesRetriedMax, otherwise: deliveriesRetriedMax }),
    }),
    status: 202,
    answer: z
      .strictObject({ retried: count, hasMore: z.boolean().describe('As many as `limit` allows were retried.') })
      .meta({ id: 'Retried' }),
    errors: ['destination_not_found'],
  },
  getDelivery: {
    method: 'GET',
    path: '/deliveries/{id}',
    tag,
    summary: 'Show a delivery with all of its attempts',
    role: 'viewer',
    status: 200,
    answer: delivery,
    errors: ['delivery_not_found'],
  },
  retryDelivery: {
    method: 'POST',
    path: '/deliveries/{id}/retry',
    tag,
    summary: 'Try a dead delivery again, at once and with all of its retries',
    role: 'admin',
    status: 202,
    answer: delivery,
    errors: ['delivery_not_found', 'delivery_not_dead', 'delivery_lane_gone'],
  },
});
