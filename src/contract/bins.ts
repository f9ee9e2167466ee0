import { z } from 'zod';
import { type BinStep, isForbiddenInAnswer, stepProblems } from '../domain/bin-script.ts';
import { fieldProblem } from '../domain/endpoint-headers.ts';
import {
  binAnswerBodyCharsMax,
  binAnswerHeaderCharsMax,
  binAnswerHeadersMax,
  binDelayMsMax,
  binHangMsMax,
  binRequestAgeMs,
  binRequestsMax,
  binsBytesMax,
  binScriptCharsMax,
  binsMax,
  binStepsMax,
  binStepTimesMax,
  binStreamBodyBytesMax,
  binWaitingMax,
} from '../domain/limits.ts';
import { defineOperations } from './operation.ts';
import { count, cursor, instant, limit, noNext, pageOf } from './parts.ts';

const answerHeaders = z.record(z.string(), z.string()).superRefine((headers, context) => {
  const entries = Object.entries(headers);
  if (entries.length > binAnswerHeadersMax)
    context.addIssue({ code: 'custom', message: `has more than ${binAnswerHeadersMax} headers` });
  for (const [name, value] of entries) {
    const problem = headerProblem(name, value);
    if (problem !== null) context.addIssue({ code: 'custom', path: [name], message: problem });
  }
});

function headerProblem(name: string, value: string): string | null {
  if (isForbiddenInAnswer(name)) return 'cannot be a header of what a bin answers';
  if (name.length + value.length > binAnswerHeaderCharsMax)
    return `has more than ${binAnswerHeaderCharsMax} characters`;
  return fieldProblem(name, value);
}

const step = z
  .strictObject({
    status: z.int().min(200).max(599).exactOptional().describe('Answers with this status.'),
    headers: answerHeaders.exactOptional().describe('Of the answer.'),
    body: z
      .string()
      .max(binAnswerBodyCharsMax, `must have at most ${binAnswerBodyCharsMax} characters`)
      .exactOptional()
      .describe('Of the answer. Without it: `{"success":true}` of a 2xx, and nothing of others.'),
    delayMs: z.int().min(0).max(binDelayMsMax).exactOptional().describe('Waits so long first.'),
    hang: z
      .literal(true)
      .exactOptional()
      .describe(`Never answers: waits until the sender gives up, ${binHangMsMax / 60_000} minutes at most.`),
    reset: z.literal(true).exactOptional().describe('Resets the connection.'),
    again: z.literal(true).exactOptional().describe('As the last step: begins with the first one again.'),
    times: z
      .int()
      .min(1)
      .max(binStepTimesMax)
      .exactOptional()
      .describe('For so many requests. Without it: one, and of the last step all that come.'),
    rate: z
      .number()
      .min(0)
      .max(1)
      .exactOptional()
      .describe('With this chance; the rest of its requests is answered with 200.'),
  })
  .superRefine((each, context) => {
    for (const { key, message } of stepProblems(each))
      context.addIssue({ code: 'custom', path: key === '' ? [] : [key], message });
  })
  .meta({
    id: 'BinStep',
    description: 'Exactly one of `status`, `hang`, `reset` and `again`, with what goes with it.',
  });

const script = z
  .array(step)
  .max(binStepsMax, `must have at most ${binStepsMax} steps`)
  .superRefine((steps: readonly BinStep[], context) => {
    if (JSON.stringify(steps).length > binScriptCharsMax)
      context.addIssue({ code: 'custom', message: `must have at most ${binScriptCharsMax} characters in all` });
    for (const [index, { again }] of steps.entries()) {
      if (again !== true || (index > 0 && index === steps.length - 1)) continue;
      context.addIssue({ code: 'custom', path: [index], message: '`again` stands last, after what is to begin again' });
    }
  })
  .meta({
    description:
      'What requests are answered, one step after the other. After the last: 200, unless that goes on for ever or begins again.',
    examples: [[{ status: 503, headers: { 'Retry-After': '2' }, times: 2 }, { status: 200 }], [{ hang: true }]],
  });

const bin = z
  .strictObject({
    id: z.string(),
    url: z.url().describe('Whatever is sent here, or below it, is kept.'),
    script: script.describe('What it answers; nothing is 200 at once.'),
    asked: count.describe('Requests since the script was set.'),
    requests: count.describe('Requests that it holds.'),
    bytes: count.describe('Of their bodies.'),
    lastAt: instant.nullable().describe('When something came last; null before.'),
  })
  .meta({ id: 'Bin' });

const binRequest = z
  .strictObject({
    id: z.string(),
    method: z.string(),
    path: z.string().describe('With its query.'),
    headers: z.record(z.string(), z.string()).describe('Names in lower case, one value each.'),
    rawHeaders: z
      .array(z.strictObject({ name: z.string(), value: z.string() }))
      .describe('As they came: in order, as they were spelt, each as often as it was there.'),
    from: z.string().nullable().describe('The address of who sent it; null where nobody knows any more.'),
    body: z.string().describe('As text. Bytes that are not UTF-8 are replaced.'),
    bodyBase64: z.string().nullable().describe('The bytes of a body that is not UTF-8; null where `body` has them.'),
    bytes: count.describe('Of the body.'),
    at: instant,
    answer: z.union([z.int(), z.enum(['hang', 'reset'])]).describe('A status, or what was done in place of an answer.'),
    answeredMs: z.number().min(0).nullable().describe('Until it was answered, or ended; null while it waits.'),
    gaveUp: z.boolean().describe('Its sender left before that.'),
  })
  .meta({ id: 'BinRequest' });

const watchedRequest = binRequest
  .extend({
    body: z
      .string()
      .nullable()
      .describe(`Null where it has more than ${binStreamBodyBytesMax / 1024} KiB: ask for the request by its id.`),
  })
  .meta({ id: 'WatchedBinRequest' });

const tag = 'Request bins';
const kept = `${binRequestsMax} requests a bin, ${binsMax} bins and ${binsBytesMax / 2 ** 20} MiB in all, for ${binRequestAgeMs / 3_600_000} hours; the oldest go first`;

export const binOperations = defineOperations({
  listBins: {
    method: 'GET',
    path: '/bins',
    tag,
    summary: 'List the request bins that are remembered, the one that was used last first',
    description: `Those that were made, sent to, scripted or watched since Sluice was started, ${binsMax} at most.`,
    role: 'viewer',
    status: 200,
    answer: z.strictObject({ data: z.array(bin), next: noNext }).meta({ id: 'BinList' }),
    errors: [],
  },
  createBin: {
    method: 'POST',
    path: '/bins',
    tag,
    summary: 'Make a request bin',
    description: `Its URL stays good over restarts. What comes is kept in memory: ${kept}.`,
    role: 'admin',
    status: 201,
    answer: bin,
    errors: [],
  },
  getBin: {
    method: 'GET',
    path: '/bins/{id}',
    tag,
    summary: 'Show a request bin and what it answers',
    role: 'viewer',
    status: 200,
    answer: bin,
    errors: ['bin_not_found'],
  },
  updateBin: {
    method: 'PATCH',
    path: '/bins/{id}',
    tag,
    summary: 'Have a request bin answer by a script, from its first step',
    description: `Null, or no step, is 200 at once. The script is in memory, as everything of a bin: after a restart it answers 200. Of all requests that are made to wait there are ${binWaitingMax} at once; for one more the oldest is reset.`,
    role: 'admin',
    body: z.strictObject({ script: script.nullable().exactOptional() }).meta({ id: 'BinChange' }),
    status: 200,
    answer: bin,
    errors: ['bin_not_found'],
  },
  listBinRequests: {
    method: 'GET',
    path: '/bins/{id}/requests',
    tag,
    summary: 'List what was sent to a request bin, newest first',
    description: 'A page may have fewer than `limit`, where bodies are large.',
    role: 'viewer',
    query: z.strictObject({ limit: limit({ most: binRequestsMax, otherwise: 50 }), cursor }),
    status: 200,
    answer: pageOf(binRequest).meta({ id: 'BinRequestPage' }),
    errors: ['bin_not_found'],
  },
  emptyBin: {
    method: 'DELETE',
    path: '/bins/{id}/requests',
    tag,
    summary: 'Forget what was sent to a request bin',
    role: 'admin',
    status: 204,
    answer: null,
    errors: ['bin_not_found'],
  },
  getBinRequest: {
    method: 'GET',
    path: '/bins/{id}/requests/{request}',
    tag,
    summary: 'Show one request of a bin',
    role: 'viewer',
    status: 200,
    answer: binRequest,
    errors: ['bin_not_found', 'bin_request_not_found'],
  },
  watchBin: {
    method: 'GET',
    path: '/bins/{id}/stream',
    tag,
    summary: 'Tell what is sent to a request bin, as it comes',
    description:
      'Server-sent events: `request` with the object as JSON, `answered` when one that waited was answered or ended, `emptied`, and `gap` where the bin lost requests before they were told. Who comes back with the id of a message is told what came since.',
    role: 'viewer',
    query: z.strictObject({
      lastEventId: z
        .string()
        .exactOptional()
        .describe('Goes on after this message, for whoever cannot set the header `Last-Event-ID`.'),
    }),
    status: 200,
    answer: null,
    messages: {
      request: watchedRequest,
      answered: binRequest.pick({ id: true, answeredMs: true, gaveUp: true }).meta({ id: 'BinRequestEnd' }),
      emptied: z.strictObject({}),
      gap: z.strictObject({ count: count.nullable().describe('Null where nobody knows.') }).meta({ id: 'BinGap' }),
    },
    errors: ['bin_not_found', 'too_many_readers'],
  },
});
