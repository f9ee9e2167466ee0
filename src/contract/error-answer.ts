import { z } from 'zod';
import type { ErrorCode } from '../domain/errors.ts';
import type { Operation } from './operation.ts';

const problem = z.strictObject({
  path: z.string().describe('Where: `settings.webhooks[0].url`; empty for the body as a whole.'),
  message: z.string(),
});

/** What the management API answers for every mistake. */
export const errorAnswer = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe('What programs may rely on.'),
      message: z.string().describe('For people: what is wrong, and the way out.'),
      details: z
        .record(z.string(), z.union([z.string(), z.number(), z.array(problem)]))
        .describe('What the message is about. Of `invalid_body`, `problems` has every mistake.'),
      docs: z.string().describe('The page of this error, below this host.'),
    }),
  })
  .meta({ id: 'Error' });

/** What any request may come to, whatever it asks. */
const ALWAYS: readonly ErrorCode[] = ['host_not_allowed', 'shutting_down', 'internal'];

/** Codes that an operation may answer besides its own: what every request, and every one of its form, may come to. */
export function commonErrorsOf({ method, path, role, body }: Operation): readonly ErrorCode[] {
  return [
    'invalid_parameter',
    ...(role === 'anyone' ? [] : OF_WHOEVER_ASKS),
    ...(role === 'anyone' || method === 'GET' ? [] : OF_CHANGES),
    ...(role === 'admin' ? (['role_too_low'] as const) : []),
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(method === 'GET' ? [] : (['store_full'] as const)),
    ...(body === undefined ? [] : OF_BODIES),
    ...ALWAYS,
  ];
}

const OF_WHOEVER_ASKS = ['api_token_required', 'api_token_expired', 'too_many_wrong_tokens'] as const;
/** Of who is let in by a cookie. */
const OF_CHANGES = ['csrf_token_required', 'cross_site_request'] as const;
const OF_BODIES = ['malformed_json', 'invalid_body', 'body_too_large', 'request_aborted', 'log_busy'] as const;
