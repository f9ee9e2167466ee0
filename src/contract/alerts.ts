import { z } from 'zod';
import { ALERT_KINDS } from '../domain/alert.ts';
import { defineOperations } from './operation.ts';
import { instant } from './parts.ts';

export const alert = z
  .strictObject({
    kind: z.enum(ALERT_KINDS),
    state: z.enum(['standing', 'ended']),
    destination: z.string().nullable().describe('Null for what is about all of Sluice.'),
    since: instant,
    until: instant.nullable().describe('When it ended; null while it stands.'),
    message: z.string().describe('A sentence in plain words, for people.'),
  })
  .meta({ id: 'Alert' });

export const alerts = z
  .strictObject({
    data: z.array(alert).describe('Those that stand, oldest first, and then those that ended of late, newest first.'),
    next: z.null(),
    sending: z
      .strictObject({
        lastAt: instant.nullable().describe('When a request was made last; null before the first.'),
        problem: z.string().nullable().describe('Why that one was not taken; null when it was.'),
        waiting: z.number().describe('Requests that were not taken yet.'),
      })
      .nullable()
      .describe('How sending to `alerts.webhookUrl` goes; null without one.'),
  })
  .meta({ id: 'Alerts' });

export const alertOperations = defineOperations({
  listAlerts: {
    method: 'GET',
    path: '/alerts',
    tag: 'Alerts',
    summary: 'List the alerts that stand, and those that ended of late',
    description: 'Kept in memory: after a restart what still holds is there again within ten seconds.',
    role: 'viewer',
    status: 200,
    answer: alerts,
    errors: [],
  },
});
