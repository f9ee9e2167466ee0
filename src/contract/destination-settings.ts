import { z } from 'zod';
import { isBearerToken, isPassword, isUsername } from '../domain/endpoint-auth.ts';
import { endpointUrlProblem } from '../domain/endpoint-url.ts';
import { endpointsMax } from '../domain/limits.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { headersProblems } from './header-problems.ts';
import type { Problem } from './problems.ts';
import { ALWAYS, listOf, secret, type Secrecy } from './schema-parts.ts';
import { tlsProblems } from './tls-problems.ts';

/** A check over several values, as the schema takes it. It meets values of any shape, other mistakes among them. */
function whole(problemsOf: (given: unknown) => readonly Problem[]) {
  return (given: unknown, context: z.core.$RefinementCtx): void => {
    for (const { path, message } of problemsOf(given)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  };
}

/** A URL that requests are sent to. */
export const endpointUrl = z
  .string()
  .superRefine((text, context) => {
    const problem = endpointUrlProblem(text);
    if (problem !== null) context.addIssue(problem);
  })
  .meta({ secret: 'after origin' satisfies Secrecy });

const headers = z.record(z.string(), secret(z.string())).superRefine(whole(headersProblems), ALWAYS).default({});

const auth = z
  .strictObject({
    basic: z
      .strictObject({
        username: secret(
          z.string().refine(isUsername, 'must not be empty, and without `:` and control characters'),
        ).describe('The user name. A secret too: some services take their key here.'),
        password: secret(z.string().refine(isPassword, 'must be without control characters')).describe(
          'The password. May be empty. A secret.',
        ),
      })
      .optional()
      .describe('HTTP Basic (RFC 7617), in UTF-8.'),
    bearer: secret(z.string().refine(isBearerToken, 'must be visible ASCII characters, without spaces'))
      .optional()
      .describe('A token that is sent as `Bearer` (RFC 6750). A secret.'),
  })
  .superRefine(whole(authProblems), ALWAYS)
  .optional();

function authProblems(given: unknown): Problem[] {
  if (!isJsonObject(given)) return [];
  const ways = ['basic', 'bearer'].filter((way) => given[way] !== undefined);
  return ways.length === 1 ? [] : [{ path: [], message: 'must have either `basic` or `bearer`' }];
}

const webhook = z
  .strictObject({
    url: endpointUrl.describe('The full URL, http or https. Once per destination.'),
    headers: headers.describe('Static headers of its requests. Their values are treated as secrets.'),
    auth: auth.describe('What its requests carry as `Authorization`.'),
  })
  .superRefine(whole(webhookProblems), ALWAYS);

function webhookProblems(given: unknown): Problem[] {
  if (!isJsonObject(given) || given['auth'] === undefined || !isJsonObject(given['headers'])) return [];
  const isThere = Object.keys(given['headers']).some((name) => name.toLowerCase() === 'authorization');
  return isThere ? [{ path: ['auth'], message: 'writes the header Authorization, which `headers` has too' }] : [];
}

const tls = z
  .strictObject({
    ca: z
      .string()
      .optional()
      .describe('Certificates of authorities to trust besides public ones, for this destination alone.'),
    cert: z
      .string()
      .optional()
      .describe('The certificate that requests present (mTLS) and, behind it, those that lead to its authority.'),
    key: secret(z.string()).optional().describe('The private key of `cert`, without a passphrase. A secret.'),
  })
  .superRefine(whole(tlsProblems), ALWAYS)
  .optional();

/** A destination's `settings`: where its events go, and how requests are signed and authenticated. */
export const destinationSettings = z
  .strictObject({
    webhookUrl: endpointUrl
      .optional()
      .describe('The full URL that events are sent to, http or https. Ignored as soon as `webhooks` has an entry.'),
    auth: auth.describe('What requests to `webhookUrl` carry as `Authorization`; an entry of `webhooks` has its own.'),
    webhooks: listOf(webhook, {
      max: endpointsMax,
      tooMany: `a destination has at most ${endpointsMax} webhooks; add a second destination`,
    })
      .default([])
      .describe(
        'Up to five endpoints. An event is delivered once any of them took it; when none did, all are tried again.',
      ),
    sharedSecret: secret(z.string().min(1, 'must not be empty; leave it out to send without signatures'))
      .optional()
      .describe(
        'Signs every request when set: `X-Signature` is the hex HMAC-SHA1 of the body, keyed with it, and beside it go the Standard Webhooks headers, for which a secret that begins with `whsec_` is base64, and must be.',
      ),
    tls: tls.describe('How requests go over HTTPS. All in PEM; `${file:PATH}` brings in a file.'),
  })
  .superRefine(whole(settingsProblems), ALWAYS);

function settingsProblems(given: unknown): Problem[] {
  if (!isJsonObject(given) || given['auth'] === undefined) return [];
  const webhooks = given['webhooks'];
  const isReplaced = Array.isArray(webhooks) && webhooks.length > 0;
  const message = 'belongs to `webhookUrl`, which is ignored beside `webhooks`; write it at the webhook that wants it';
  return isReplaced ? [{ path: ['auth'], message }] : [];
}
