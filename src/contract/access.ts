import { z } from 'zod';
import { ROLES } from '../domain/actor.ts';
import { problemOfName } from '../domain/api-token.ts';
import { defineOperations } from './operation.ts';
import { cursor, instant, limit, moment, pageOf } from './parts.ts';

const role = z.enum(ROLES, `must be one of ${ROLES.join(', ')}`);

export const apiTokenRequest = z
  .strictObject({
    name: z
      .string('is needed: what people call it')
      .superRefine((name, context) => {
        const problem = problemOfName(name);
        if (problem !== null) context.addIssue(problem);
      })
      .meta({ description: 'What people call it, and the audit trail. Unique, case aside.' }),
    role: role.describe('`viewer` may look at everything, `admin` may change it too.'),
    expiresAt: moment.nullable().optional().describe('When it is let in no more. Without it, or null: never.'),
  })
  .meta({ id: 'ApiTokenRequest' });

const fields = {
  id: z.string(),
  name: z.string(),
  role,
  createdAt: instant,
  createdBy: z.string().describe('Who made it, as the audit trail names them.'),
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable().describe('By itself or by a session; null when it was not used yet.'),
};

export const apiToken = z.strictObject(fields).meta({ id: 'ApiToken' });

export const newApiToken = z
  .strictObject({ ...fields, token: z.string().describe('The token itself, which is not shown again.') })
  .meta({ id: 'NewApiToken' });

export const signInRequest = z
  .strictObject({ token: z.string('is needed: an API token').describe('An API token, or `admin.token`.') })
  .meta({ id: 'SignInRequest' });

export const session = z
  .strictObject({
    name: z.string().describe('Who asks, as the audit trail names them.'),
    role,
    via: z.enum(['token', 'session', 'loopback']).describe('How they are let in.'),
    expiresAt: instant.nullable().describe('When that ends; null for never. A session goes on while it is used.'),
    csrfToken: z
      .string()
      .nullable()
      .describe('What a page sends as `X-CSRF-Token` with all that is no GET; null for who has no session.'),
  })
  .meta({ id: 'Session' });

const tag = 'Access';

export const accessOperations = defineOperations({
  beginSession: {
    method: 'POST',
    path: '/session',
    tag,
    summary: 'Sign in',
    description:
      'Begins a session with an API token, for browsers: its cookie is `HttpOnly` and `SameSite=Strict`. It ends after 12 hours without use, after 7 days, and with its token.',
    role: 'anyone',
    body: signInRequest,
    status: 200,
    answer: session,
    errors: ['api_token_required', 'api_token_expired', 'too_many_wrong_tokens', 'cross_site_request'],
  },
  getSession: {
    method: 'GET',
    path: '/session',
    tag,
    summary: 'Show who asks',
    role: 'viewer',
    status: 200,
    answer: session,
    errors: [],
  },
  endSession: {
    method: 'DELETE',
    path: '/session',
    tag,
    summary: 'Sign out',
    description: 'Ends the session of the cookie, if there is one.',
    role: 'anyone',
    status: 204,
    answer: null,
    errors: ['csrf_token_required', 'cross_site_request'],
  },
  createApiToken: {
    method: 'POST',
    path: '/tokens',
    tag,
    summary: 'Make an API token',
    description: 'Its text is in the answer, and nowhere else: Sluice keeps a hash of it.',
    role: 'admin',
    body: apiTokenRequest,
    status: 201,
    answer: newApiToken,
    errors: ['name_taken', 'too_many_api_tokens'],
  },
  listApiTokens: {
    method: 'GET',
    path: '/tokens',
    tag,
    summary: 'List API tokens, newest first',
    description: 'The token of the configuration, or of the file `admin.token`, is not among them.',
    role: 'admin',
    query: z.strictObject({ limit: limit({ most: 200, otherwise: 50 }), cursor }),
    status: 200,
    answer: pageOf(apiToken),
    errors: [],
  },
  revokeApiToken: {
    method: 'DELETE',
    path: '/tokens/{id}',
    tag,
    summary: 'Revoke an API token',
    description: 'It and its sessions are refused from the next request on.',
    role: 'admin',
    status: 204,
    answer: null,
    errors: ['api_token_not_found'],
  },
});
