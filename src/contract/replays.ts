import { z } from 'zod';
import { DELIVERY_STATES } from '../domain/delivery.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { replayIdsMax, replayRateMax, replayRateMin } from '../domain/limits.ts';
import { REPLAY_END_REASONS, REPLAY_STATES } from '../domain/replay.ts';
import { defineOperations } from './operation.ts';
import { cursor, instant, limit, moment, PAGE, pageOf } from './parts.ts';

const text = z.string().min(1, 'must not be empty').max(1_000, 'must have at most 1,000 characters');

const filterFields = {
  source: text.optional().describe('Of this source.'),
  type: z.enum(CALL_TYPES).optional().describe('Of this type.'),
  name: text.optional().describe('The `event` of a track call, the `name` of a page or screen.'),
  user: text.optional().describe('Whose `userId`, `anonymousId` or, of an alias call, `previousId` it is.'),
  messageId: text.optional().describe("The sender's id of the message."),
  state: z
    .enum(DELIVERY_STATES)
    .optional()
    .describe('Whose delivery to this destination is in this state when the replay is counted.'),
  ids: z
    .array(z.string())
    .min(1, 'must not be empty')
    .max(replayIdsMax, `must have at most ${replayIdsMax} ids`)
    .optional()
    .describe('These events alone.'),
};

export const replayRequest = z
  .strictObject({
    destination: z.string().describe('Where to send them: any destination.'),
    from: moment.optional().describe('Received then or later.'),
    to: moment.optional().describe('Received before that.'),
    ratePerSecond: z
      .number()
      .min(replayRateMin)
      .max(replayRateMax)
      .optional()
      .describe('Attempts per second at most. Without it: as many as new events leave room for.'),
    filter: z.strictObject(filterFields).optional().describe('Which events; all that is given must be so.'),
  })
  .meta({ id: 'ReplayRequest' });

export const replay = z
  .strictObject({
    id: z.string(),
    destination: z.string(),
    state: z.enum(REPLAY_STATES),
    reason: z.enum(REPLAY_END_REASONS).nullable().describe('Why it ended before all was sent; null otherwise.'),
    total: z.number().describe('Deliveries that it is about. While it is counted: so far.'),
    done: z.number().describe('Those that ended, in whatever way.'),
    delivered: z.number(),
    dead: z.number(),
    cancelled: z.number(),
    expired: z.number().describe('Those that the log had to forget before they were sent.'),
    ratePerSecond: z.number().nullable(),
    filter: z.strictObject(filterFields),
    from: instant.nullable(),
    to: instant.nullable(),
    createdAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({ id: 'Replay' });

const tag = 'Replays';

export const replayOperations = defineOperations({
  createReplay: {
    method: 'POST',
    path: '/replays',
    tag,
    summary: 'Send events again',
    description: 'They are counted first, and sent beside new events. It goes on after a restart where it was.',
    role: 'admin',
    body: replayRequest,
    status: 202,
    answer: replay,
    errors: ['destination_not_found', 'destination_disabled', 'source_not_found', 'too_many_replays'],
  },
  listReplays: {
    method: 'GET',
    path: '/replays',
    tag,
    summary: 'List replays, newest first',
    role: 'viewer',
    query: z.strictObject({ limit: limit(PAGE), cursor }),
    status: 200,
    answer: pageOf(replay),
    errors: [],
  },
  getReplay: {
    method: 'GET',
    path: '/replays/{id}',
    tag,
    summary: 'Show a replay and how far it has come',
    role: 'viewer',
    status: 200,
    answer: replay,
    errors: ['replay_not_found'],
  },
  cancelReplay: {
    method: 'POST',
    path: '/replays/{id}/cancel',
    tag,
    summary: 'End a replay; what it still owes is cancelled',
    role: 'admin',
    status: 202,
    answer: replay,
    errors: ['replay_not_found', 'replay_ended'],
  },
  pauseReplay: {
    method: 'POST',
    path: '/replays/{id}/pause',
    tag,
    summary: 'Pause a replay',
    role: 'admin',
    status: 202,
    answer: replay,
    errors: ['replay_not_found', 'replay_ended', 'replay_counting'],
  },
  resumeReplay: {
    method: 'POST',
    path: '/replays/{id}/resume',
    tag,
    summary: 'Let a paused replay go on',
    role: 'admin',
    status: 202,
    answer: replay,
    errors: ['replay_not_found', 'replay_ended', 'replay_counting'],
  },
});
