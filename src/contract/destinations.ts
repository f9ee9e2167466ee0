import { z } from 'zod';
import { ENDPOINT_STATES } from '../domain/endpoint-standing.ts';
import { deliverySchema } from './delivery-schema.ts';
import { destinationSchema } from './destination-schema.ts';
import { defineOperations, type Shown } from './operation.ts';
import { answeredDryRun, cursor, dryRun, instant, limit, PAGE, pageOf } from './parts.ts';
import { origin } from './sources.ts';

const MASKED = 'Shown as `***`.';

const auth = z.strictObject({
  basic: z.strictObject({ username: z.string().describe(MASKED), password: z.string().describe(MASKED) }).optional(),
  bearer: z.string().optional().describe(MASKED),
});

const settings = z.strictObject({
  webhookUrl: z.string().optional(),
  auth: auth.optional(),
  webhooks: z.array(
    z.strictObject({
      url: z.string(),
      headers: z.record(z.string(), z.string()).describe(`Values are ${MASKED.toLowerCase()}`),
      auth: auth.optional(),
    }),
  ),
  sharedSecret: z.string().optional().describe(`${MASKED} Absent: requests are not signed.`),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional().describe(MASKED),
    })
    .optional(),
});

const owed = z
  .strictObject({
    waiting: z.number().describe('Accepted events that are neither delivered to it yet nor dead.'),
    parked: z.number().describe('Of these: those that wait for a retry.'),
    inFlight: z.number().describe('Attempts that are being made.'),
    oldestAt: instant.nullable().describe('When the oldest of those that wait was received.'),
    expired: z.number().describe('Events that retention took while they waited, since the destination was made.'),
  })
  .nullable()
  .describe('What it is still owed; null when that is not known now.');

export const destination = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    sources: z.array(z.string()),
    type: z.literal('webhooks'),
    enabled: z.boolean(),
    settings: settings.describe(
      'As they were said, secrets masked. A mask that is sent back stands for what is stored.',
    ),
    delivery: deliverySchema,
    origin,
    rotation: z
      .strictObject({ endsAt: instant })
      .nullable()
      .describe('While another `sharedSecret` takes the place of the one before: until when both sign.'),
    endpoints: z
      .array(
        z.strictObject({
          url: z.string(),
          state: z.enum(ENDPOINT_STATES).nullable().describe('Null when it is not known now.'),
          reason: z.string().nullable().describe('Why it is held or paused.'),
          since: instant.nullable(),
        }),
      )
      .describe('Those that count, and how they stand.'),
    isHeld: z.boolean().nullable().describe('Nothing goes out to it: all of its endpoints are held or paused.'),
    owed,
  })
  .meta({ id: 'Destination' });
export type ShownDestination = Shown<typeof destination>;

const newDestination = destinationSchema.omit({ id: true }).meta({ id: 'NewDestination' });

export const destinationToll = z
  .strictObject({
    dryRun: answeredDryRun,
    owed: z
      .strictObject({ waiting: z.number(), parked: z.number(), inFlight: z.number() })
      .nullable()
      .describe('What it is owed and will not get, but for what is in flight; null when that is not known now.'),
    dead: z
      .strictObject({
        count: z.number(),
        isAll: z.boolean().describe('Whether all were looked at: there are no more.'),
      })
      .nullable()
      .describe('Dead deliveries that cannot be retried afterwards; null when that is not known now.'),
    replays: z.array(z.string()).describe('Replays that have not ended, and will be cancelled.'),
  })
  .meta({ id: 'DestinationToll' });

const tag = 'Destinations';
const changed = ['destination_not_found', 'declared_in_file', 'version_conflict'] as const;

export const destinationOperations = defineOperations({
  listDestinations: {
    method: 'GET',
    path: '/destinations',
    tag,
    summary: 'List destinations and how they stand, in the order in which they were made',
    role: 'viewer',
    query: z.strictObject({ limit: limit(PAGE), cursor }),
    status: 200,
    answer: pageOf(destination),
    errors: [],
  },
  createDestination: {
    method: 'POST',
    path: '/destinations',
    tag,
    summary: 'Make a destination',
    description: 'It gets what arrives from the answer on. For what came before, start a replay.',
    role: 'admin',
    query: z.strictObject({
      like: z
        .string()
        .exactOptional()
        .describe(
          'Id of another destination: what is not given of sources, secret and delivery is as it is there. What is given is merged (RFC 7396).',
        ),
    }),
    body: z.unknown(),
    form: newDestination,
    status: 201,
    answer: destination,
    errors: ['too_many_destinations', 'destination_not_found', 'name_taken', 'source_not_found', 'version_conflict'],
  },
  getDestination: {
    method: 'GET',
    path: '/destinations/{id}',
    tag,
    summary: 'Show a destination and how it stands',
    role: 'viewer',
    status: 200,
    answer: destination,
    errors: ['destination_not_found'],
  },
  updateDestination: {
    method: 'PATCH',
    path: '/destinations/{id}',
    tag,
    summary: 'Change a destination',
    description:
      'With the fields that change (RFC 7396): `settings` and `delivery` are merged, lists replaced as a whole, and `null` takes a setting back to its default. A secret that is sent back as it was shown stays. Another `sharedSecret` begins a rotation of 24 hours in which both sign. Attempts keep the settings that they began with; the next go by the new ones.',
    role: 'admin',
    body: z.unknown(),
    form: destinationSchema,
    isPatch: true,
    status: 200,
    answer: destination,
    errors: [...changed, 'name_taken', 'source_not_found'],
  },
  deleteDestination: {
    method: 'DELETE',
    path: '/destinations/{id}',
    tag,
    summary: 'Delete a destination, or tell what that would take along',
    description: 'What became of its deliveries stays in the history until its retention is over.',
    role: 'admin',
    query: z.strictObject({ dryRun }),
    status: 200,
    answer: destinationToll,
    errors: changed,
  },
  promoteSecret: {
    method: 'POST',
    path: '/destinations/{id}/promote-secret',
    tag,
    summary: 'End the rotation of its secret: only the new one signs from now on',
    role: 'admin',
    status: 200,
    answer: destination,
    errors: ['destination_not_found', 'no_rotation', 'version_conflict'],
  },
});
