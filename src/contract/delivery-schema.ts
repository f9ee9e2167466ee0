import { z } from 'zod';
import { BACKOFF_PRESETS, type BackoffPreset } from '../domain/backoff.ts';
import {
  DEFAULT_BATCH_POLICY,
  DEFAULT_DELIVERY_POLICY,
  DELIVERY_METHODS,
  HISTORIES,
  ORDERS,
  SUCCESS_RULES,
} from '../domain/destination.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { policyLimits } from '../domain/limits.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { ALWAYS, listOf } from './schema-parts.ts';

const { success, retries, backoffMs, timeoutMs, concurrency, circuitBreaker, order, history, method, aliasLabels } =
  DEFAULT_DELIVERY_POLICY;

/** What to take, or what to leave: never both, since which of them came first would be anybody's guess. */
function selection<T extends z.ZodType>(value: T, max: number, what: string) {
  const values = listOf(value, { min: 1, max });
  return z
    .strictObject({
      include: values.optional().describe(`These ${what} alone.`),
      exclude: values.optional().describe(`All ${what} but these.`),
    })
    .superRefine((given: unknown, context) => {
      if (!isJsonObject(given)) return;
      const said = Number('include' in given) + Number('exclude' in given);
      if (said !== 1) context.addIssue('must have either `include` or `exclude`');
    }, ALWAYS)
    .optional();
}

const eventName = z
  .string()
  .min(1, 'must not be empty')
  .max(policyLimits.filterNameCharsMax, `must have at most ${policyLimits.filterNameCharsMax} characters`);

const filter = z
  .strictObject({
    types: selection(z.enum(CALL_TYPES), CALL_TYPES.length, 'types').describe('By type.'),
    names: selection(eventName, policyLimits.filterNamesMax, 'names').describe(
      'By name: the `event` of a track call, the `name` of a page or screen. Upper and lower case matter. An event without a name is not among those that `include` names, and `exclude` has nothing against it.',
    ),
  })
  .prefault({});

const batch = z
  .strictObject({
    maxEvents: z
      .int()
      .min(1)
      .max(policyLimits.batchEventsMax)
      .default(DEFAULT_BATCH_POLICY.maxEvents)
      .describe('Events of one request at most.'),
    maxBytes: z
      .int()
      .min(policyLimits.batchBytesMin)
      .max(policyLimits.batchBytesMax)
      .default(DEFAULT_BATCH_POLICY.maxBytes)
      .describe("Bytes of a request's body at most. An event that is larger by itself is sent alone."),
    maxWaitMs: z
      .int()
      .min(0)
      .max(policyLimits.batchWaitMsMax)
      .default(DEFAULT_BATCH_POLICY.maxWaitMs)
      .describe('How long the first event waits for others; 0 sends what is there.'),
  })
  .optional();

const PRESETS = Object.keys(BACKOFF_PRESETS) as BackoffPreset[];
const waits = listOf(z.int().min(0).max(policyLimits.backoffWaitMsMax), { min: 1, max: policyLimits.backoffWaitsMax });

/** A list that is too short or too long says so; of anything else nobody knows which of the two it was meant to be. */
function noBackoff({ errors }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const ofList = errors.flat().find(({ code }) => code === 'custom');
  return ofList?.message ?? `must be a list of waits in milliseconds, or \`${PRESETS.join('`, `')}\``;
}

/** A destination's `delivery`: how it tries, and when it stops trying. */
export const deliverySchema = z.strictObject({
  success: z
    .enum(SUCCESS_RULES)
    .default(success)
    .describe(
      "`any`: one endpoint's success finishes the delivery. `every`: each endpoint gets a delivery of its own, with its own retries; only where it failed it is tried again.",
    ),
  retries: z
    .int()
    .min(0)
    .max(policyLimits.retriesMax)
    .default(retries)
    .describe(
      `Attempts after the first. With \`backoffMs: durable\` and nothing said here: ${BACKOFF_PRESETS.durable.length}.`,
    ),
  backoffMs: z
    .union([waits, z.enum(PRESETS)], { error: noBackoff })
    .default(typeof backoffMs === 'string' ? backoffMs : [...backoffMs])
    .describe(
      'Waits between attempts; the last one repeats. Jitter takes off up to 20 %, and never adds. `durable` is 20 waits over a day, from 5 seconds to 3 hours. `Retry-After` of a 429 or a 503 makes a wait longer, up to an hour.',
    ),
  timeoutMs: z
    .int()
    .min(policyLimits.timeoutMsMin)
    .max(policyLimits.timeoutMsMax)
    .default(timeoutMs)
    .describe('For a whole exchange, connecting included.'),
  concurrency: z
    .int()
    .min(1)
    .max(policyLimits.concurrencyMax)
    .default(concurrency)
    .describe(
      'Attempts in flight at most, per endpoint. It begins with 8; each answer adds one, and timeouts halve them.',
    ),
  rateLimitPerSecond: z
    .number()
    .min(policyLimits.rateLimitPerSecondMin)
    .max(policyLimits.rateLimitPerSecondMax)
    .optional()
    .describe(
      'Attempts that begin in a second, per endpoint, retries included; 0.1 is one in ten seconds. After a pause, one second of them may begin at once. Without it: no limit.',
    ),
  circuitBreaker: z
    .boolean()
    .default(circuitBreaker)
    .describe(
      'Whether an endpoint that is down is held: after 10 seconds in which at least 20 attempts failed (timeout, connection, 5xx, 429) and none was answered otherwise. Until then, from the 20th failure on, attempts are made 50 ms apart. Its events then wait, with their retries unspent, and one attempt every 5 to 60 seconds finds out whether it is back. A restart forgets that an endpoint is held, and finds out again.',
    ),
  order: z
    .enum(ORDERS)
    .default(order)
    .describe(
      '`user`: events of one user (`userId`, else `anonymousId`) go out one after the other, as they were accepted. While one of them waits for its retry, the later ones of that user wait behind it, and go on when it was delivered or is dead; other users do not notice. A retry by hand is out of order.',
    ),
  batch: batch.describe(
    'Several events in one request: a JSON array, with one signature over all of it, sent when it has `maxEvents` or `maxBytes`, or `maxWaitMs` after its first event. Without it: each event by itself. Not together with `order: user`.',
  ),
  history: z
    .enum(HISTORIES)
    .default(history)
    .describe(
      'Of which successful attempts the request headers, the response headers and the first KiB of the response are kept: `sampled`, of one a minute at each endpoint; `all`, which takes about 1 KiB more on disk for each attempt. Of failures they are kept always.',
    ),
  aliasLabels: z
    .boolean()
    .default(aliasLabels)
    .describe("Adds the reference's two labelled keys, `Previous ID` and `User ID`, to the bodies of alias events."),
  filter: filter.describe(
    'Which events of its sources it gets. Without it: all. That somebody is to be deleted it is told in any case.',
  ),
  method: z.enum(DELIVERY_METHODS).default(method).describe('What requests are. The reference posts.'),
});
