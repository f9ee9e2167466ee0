import { z } from 'zod';
import { defineOperations } from './operation.ts';
import { cursor, instant, limit, pageOf } from './parts.ts';

const state = z.record(z.string(), z.unknown()).nullable();

export const auditEntry = z
  .strictObject({
    id: z.string(),
    at: instant,
    by: z
      .string()
      .describe(
        'Who: `token <name>`, `session of <token name>`, `admin token`, `this machine`, `configuration file`, `secret rotation`.',
      ),
    action: z
      .string()
      .describe('What became of what: `destination.update`; `destination.pause.failed` for what was begun and failed.'),
    subject: z.string().describe('The id of what was changed.'),
    before: state.describe('What it was, secrets masked; null when it is new, or when there is nothing to tell.'),
    after: state.describe('What it is, secrets masked; null when it is gone, or when there is nothing to tell.'),
    version: z.number().nullable().describe('The version of the workspace that has the change first; null for others.'),
  })
  .meta({ id: 'AuditEntry' });

export const auditOperations = defineOperations({
  listAudit: {
    method: 'GET',
    path: '/audit',
    tag: 'Administration',
    summary: 'List who changed what, newest first',
    role: 'viewer',
    query: z.strictObject({
      subject: z.string().optional().describe('Of this id.'),
      by: z.string().optional().describe('By whom, as it is shown.'),
      limit: limit({ most: 200, otherwise: 50 }),
      cursor,
    }),
    status: 200,
    answer: pageOf(auditEntry),
    errors: [],
  },
});
