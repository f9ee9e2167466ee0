import { z } from 'zod';
import { CARRY_ERRORS } from '../domain/carried.ts';
import { DELIVERY_METHODS } from '../domain/destination.ts';
import { carriedBodyCharsMax, listenersMax } from '../domain/limits.ts';
import { defineOperations } from './operation.ts';
import { count, instant, noNext } from './parts.ts';

const headers = z.record(z.string(), z.string());

const listener = z
  .strictObject({
    name: z.string(),
    isThere: z.boolean().describe('Whether somebody listens now.'),
    since: instant.nullable().describe('Since when; null while nobody does.'),
    destinations: z.array(z.string()).describe('Ids of destinations that have it as an endpoint.'),
    waiting: count.describe('Requests that were not answered yet. Those that nobody began wait in the log.'),
  })
  .meta({ id: 'Listener' });

const carriedRequest = z
  .strictObject({
    id: z.string().describe('Of this exchange, for its answer.'),
    webhookId: z.string().describe('Id of the event or batch, as in the header `webhook-id`.'),
    method: z.enum(DELIVERY_METHODS),
    headers: z
      .array(z.strictObject({ name: z.string(), value: z.string() }))
      .describe('In order, as an endpoint would get them, signatures and all.'),
    body: z.string().describe('The bytes of the body, as UTF-8.'),
    timeoutMs: count.describe('How long Sluice waits for the answer, from when the attempt began.'),
  })
  .meta({ id: 'CarriedRequest' });

const carriedAnswer = z
  .strictObject({
    id: z.string().max(100).describe('Of the exchange.'),
    status: z.int().min(200).max(599).exactOptional().describe('What the program answered.'),
    headers: headers.exactOptional().describe('Names in lower case.'),
    body: z
      .string()
      .max(carriedBodyCharsMax, `must have at most ${carriedBodyCharsMax} characters`)
      .exactOptional()
      .describe('The beginning of the body.'),
    isCut: z.boolean().default(false).describe('Whether the body went on.'),
    error: z
      .strictObject({ code: z.enum(CARRY_ERRORS), message: z.string().max(1_000) })
      .exactOptional()
      .describe('Why there is no status.'),
  })
  .refine(
    ({ status, error }) => (status === undefined) !== (error === undefined),
    '`status` or `error` is needed, one of the two',
  )
  .meta({ id: 'CarriedAnswer', examples: [{ id: '3f0c…', status: 200 }] });

const tag = 'Listeners';

export const listenerOperations = defineOperations({
  listListeners: {
    method: 'GET',
    path: '/listeners',
    tag,
    summary: 'List listeners: those that destinations have as endpoints, and those who listen',
    role: 'viewer',
    status: 200,
    answer: z.strictObject({ data: z.array(listener), next: noNext }).meta({ id: 'Listeners' }),
    errors: [],
  },
  listen: {
    // It takes the place of whoever listened, so that no page of another site may have a browser ask it.
    method: 'POST',
    path: '/listeners/{name}/stream',
    tag,
    summary: 'Listen: be told each request to `listener:NAME`, to answer it',
    description: `Server-sent events, as \`sluice listen\` reads them. While somebody listens, attempts are made at endpoints whose URL is \`listener:NAME\`; else they are held. Requests that were not answered before are told again. One program listens under a name: another that comes takes its place, and is told so by \`replaced\`. At most ${listenersMax} at a time.`,
    role: 'admin',
    status: 200,
    answer: null,
    messages: {
      listening: z
        .strictObject({ name: z.string() })
        .describe('That it does: first, and every 15 seconds in which nothing else is told.')
        .meta({ id: 'Listening' }),
      request: carriedRequest,
      withdrawn: z.strictObject({ id: z.string() }).describe('Its time is up.').meta({ id: 'Withdrawn' }),
      replaced: z.strictObject({}).describe('Another program listens in this one’s place.').meta({ id: 'Replaced' }),
    },
    errors: ['too_many_listeners', 'shutting_down'],
  },
  answerRequest: {
    method: 'POST',
    path: '/listeners/{name}/answers',
    tag,
    summary: 'Say what a program answered to a request',
    description: 'It is the outcome of the attempt. Of several answers to one request the first counts.',
    role: 'admin',
    whileClosing: true,
    body: carriedAnswer,
    status: 204,
    answer: null,
    errors: ['exchange_not_found'],
  },
});
