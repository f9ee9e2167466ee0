import { z } from 'zod';
import { OUTCOMES } from '../domain/attempt.ts';
import { END_STATES } from '../domain/delivery.ts';
import { ENDPOINT_STATES } from '../domain/endpoint-standing.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { defineOperations } from './operation.ts';
import { count, instant, measure, moment, noNext, step } from './parts.ts';

const from = moment.exactOptional();
const to = moment.exactOptional();

const attemptStats = z
  .strictObject({
    data: z.array(
      z.strictObject({
        at: instant.describe('When the span begins.'),
        destination: z.string(),
        endpoint: z.string().nullable().describe('Null: all that the destination has.'),
        attempts: z.strictObject(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])) as Counts),
        ended: z
          .strictObject(Object.fromEntries(END_STATES.map((state) => [state, count])) as Ends)
          .nullable()
          .describe("How many deliveries ended, by how; null of one endpoint, since they are the destination's."),
        latencyMs: z
          .strictObject({ p50: measure, p95: measure, p99: measure })
          .nullable()
          .describe('Of all attempts that were made; null when none was.'),
      }),
    ),
    next: noNext,
    owed: z
      .array(
        z.strictObject({
          at: instant.describe('When the span begins.'),
          destination: z.string(),
          waiting: count.describe('The most events that were seen to wait: looked at once a minute.'),
          heldMinutes: count.describe('In how many of its minutes nothing went out to it when it was looked at.'),
        }),
      )
      .describe('What each destination was owed, in spans in which that was anything or it was held.'),
    errors: z
      .array(
        z.strictObject({
          destination: z.string(),
          code: z.string().describe('Of the error, or `http_<status>`.'),
          attempts: count,
          lastAt: instant.describe('When the last of them began.'),
        }),
      )
      .describe('What attempts failed for, of the whole time that is asked about: of each destination the most first.'),
    now: z
      .array(
        z.strictObject({
          destination: z.string(),
          waiting: count.describe('Events that are not delivered to it yet, nor dead.'),
          parked: count.describe('Of these: those that wait for a retry.'),
          inFlight: count,
          expired: count.describe('Those that retention took, since the destination was made.'),
          oldestAt: instant.nullable().describe('When the oldest that waits was received.'),
          endpoints: z.array(
            z.strictObject({ url: z.string(), state: z.enum(ENDPOINT_STATES), reason: z.string().nullable() }),
          ),
        }),
      )
      .nullable()
      .describe('How each destination stands; null when it cannot be told within two seconds.'),
  })
  .meta({ id: 'AttemptStats' });

type Counts = Record<(typeof OUTCOMES)[number], typeof count>;
type Ends = Record<(typeof END_STATES)[number], typeof count>;

const refusedStats = z
  .strictObject({
    data: z.array(
      z.strictObject({
        at: instant.describe('When the span begins.'),
        source: z.string().nullable().describe('Null: no source has the write key.'),
        reason: z.string(),
        type: z.enum(CALL_TYPES).nullable(),
        count,
      }),
    ),
    next: noNext,
  })
  .meta({ id: 'RefusedStats' });

const acceptedStats = z
  .strictObject({
    data: z.array(
      z.strictObject({
        source: z.string(),
        perSecond: measure.describe('The mean of the last ten seconds.'),
        minutes: z
          .array(z.strictObject({ at: instant.describe('When the minute begins.'), accepted: count }))
          .describe('Those of the last hour in which something was accepted, oldest first.'),
      }),
    ),
    next: noNext,
    since: instant.describe('When counting began: the start of the process.'),
  })
  .meta({ id: 'AcceptedStats' });

const tag = 'Statistics';

export const statisticsOperations = defineOperations({
  countAttempts: {
    method: 'GET',
    path: '/stats',
    tag,
    summary: 'Count attempts and ends of deliveries by time, and tell what was and is owed',
    description:
      'One answer has at most 1,500 spans of each destination, and 10,000 rows of either list. A span in which nothing was attempted or ended has none.',
    role: 'viewer',
    query: z.strictObject({
      destination: z.string().exactOptional().describe('Of this destination, also of one that is gone.'),
      endpoint: z.string().exactOptional().describe('At this URL alone.'),
      from: from.describe('What ended then or later. Otherwise a day before `to`.'),
      to: to.describe('What ended before that. Otherwise now.'),
      step,
      by: z.enum(['endpoint']).exactOptional().describe('A row for each endpoint, and not one for all.'),
    }),
    status: 200,
    answer: attemptStats,
    errors: [],
  },
  countAccepted: {
    method: 'GET',
    path: '/stats/accepted',
    tag,
    summary: 'Count accepted events by source, of the last hour',
    description:
      'Of each source that has sent something, accepted or refused, since the process began; what was there already is not counted again. Counted in memory.',
    role: 'viewer',
    query: z.strictObject({ source: z.string().exactOptional().describe('Of this source alone.') }),
    status: 200,
    answer: acceptedStats,
    errors: [],
  },
  countRefused: {
    method: 'GET',
    path: '/stats/refused',
    tag,
    summary: 'Count refused calls by time and reason',
    description: 'At most 10,000 counts are answered.',
    role: 'viewer',
    query: z.strictObject({
      source: z.string().exactOptional().describe('Of this source; an empty one stands for the unknown.'),
      reason: z.string().exactOptional().describe('Refused for this reason.'),
      from: from.describe('Refused then or later. Otherwise a day before `to`.'),
      to: to.describe('Refused before that. Otherwise now.'),
      step,
    }),
    status: 200,
    answer: refusedStats,
    errors: [],
  },
});
