import { z } from 'zod';
import { OUTCOMES } from '../domain/attempt.ts';
import { DELIVERY_METHODS } from '../domain/destination.ts';
import { ENDPOINT_STATES } from '../domain/endpoint-standing.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { defineOperations } from './operation.ts';
import { instant } from './parts.ts';

const url = z.string('must be the URL of an endpoint of the destination');

export const testRequest = z
  .strictObject({
    type: z
      .enum(CALL_TYPES, `must be one of ${CALL_TYPES.join(', ')}`)
      .optional()
      .describe('Of the event. Without it: what `event` says, or `track`.'),
    event: z
      .record(z.string(), z.unknown(), 'must be a whole call, as a library would send it')
      .optional()
      .describe('A whole call, as a library would send it. Its `messageId` is replaced. Without it: a sample.'),
    endpoint: url.optional().describe('The one endpoint to ask. Without it: all that the destination has.'),
  })
  .meta({ id: 'TestRequest' });

const headers = z.record(z.string(), z.string());
const phase = z.number().nullable();
const signature = z.enum(['valid', 'invalid', 'absent']);

const endpointTest = z
  .strictObject({
    endpoint: z.string(),
    outcome: z.enum(OUTCOMES).exclude(['skipped']),
    status: z.number().nullable(),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    durationMs: z.number(),
    request: z
      .strictObject({ method: z.enum(DELIVERY_METHODS), url: z.string(), headers, body: z.string() })
      .describe('As it was sent, or would have been, had there been a connection. Configured values are masked.'),
    response: z.strictObject({ headers, body: z.string().describe('Its first KiB.'), isCut: z.boolean() }).nullable(),
    timing: z.strictObject({ dnsMs: phase, connectMs: phase, tlsMs: phase, waitMs: phase, readMs: phase }),
    signature: z
      .strictObject({ xSignature: signature, xSignatureNext: signature, standardWebhooks: signature })
      .describe('What a receiver finds who checks them.'),
  })
  .meta({ id: 'EndpointTest' });

export const destinationTest = z
  .strictObject({
    destination: z.string(),
    type: z.enum(CALL_TYPES),
    messageId: z.string().describe('Of what was sent.'),
    keptAwayBy: z
      .enum(['integrations', 'filter'])
      .nullable()
      .describe('What would keep such an event away from the destination; it does not keep a test.'),
    endpoints: z.array(endpointTest),
  })
  .meta({ id: 'DestinationTest' });

export const endpointAsk = z
  .strictObject({ endpoint: url.optional().describe('The one endpoint. Without it: all that the destination has.') })
  .meta({ id: 'EndpointAsk' });

export const shownEndpoint = z
  .strictObject({
    url: z.string(),
    state: z.enum(ENDPOINT_STATES).nullable().describe('Null when it is not known in time.'),
    reason: z.string().nullable().describe('Why it is held or paused.'),
    since: instant.nullable(),
  })
  .meta({ id: 'EndpointStanding' });

export const shownEndpoints = z
  .strictObject({ destination: z.string(), endpoints: z.array(shownEndpoint) })
  .meta({ id: 'EndpointStandings' });

const tag = 'Destinations';

export const destinationVerbOperations = defineOperations({
  testDestination: {
    method: 'POST',
    path: '/destinations/{id}/test',
    tag,
    summary: 'Send a test event to a destination and tell what came of it',
    description:
      'It is sent at once, once, and beside everything else, also when the destination is disabled, paused or held. Nothing of it is in the log or the history.',
    role: 'admin',
    body: testRequest.optional(),
    status: 200,
    answer: destinationTest,
    errors: [
      'destination_not_found',
      'endpoint_not_found',
      'test_event_refused',
      'call_too_large',
      'too_deep',
      'too_many_tests',
    ],
  },
  pauseDestination: {
    method: 'POST',
    path: '/destinations/{id}/pause',
    tag,
    summary: 'Send nothing to a destination, or one of its endpoints, until it is resumed',
    description: 'What is owed there waits, at no cost and over restarts. Attempts in flight end.',
    role: 'admin',
    body: endpointAsk.optional(),
    status: 200,
    answer: shownEndpoints,
    errors: ['destination_not_found', 'destination_disabled', 'endpoint_not_found', 'store_full'],
  },
  resumeDestination: {
    method: 'POST',
    path: '/destinations/{id}/resume',
    tag,
    summary: 'End the pause of a destination, or of one of its endpoints',
    description: 'Whoever paused it: an operator, or an endpoint that answered `410`.',
    role: 'admin',
    body: endpointAsk.optional(),
    status: 200,
    answer: shownEndpoints,
    errors: ['destination_not_found', 'destination_disabled', 'endpoint_not_found'],
  },
});
