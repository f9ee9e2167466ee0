import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { DELIVERY_STATES } from '../domain/delivery.ts';
import { CALL_TYPES, eventIdOf, positionOf } from '../domain/event.ts';
import { replayIdsMax, replayRateMax, replayRateMin } from '../domain/limits.ts';
import { doneOf, type Replay, totalOf } from '../domain/replay.ts';
import { isoOf, parseTimestamp } from '../domain/timestamp.ts';
import type { ReplayRequest, Replays } from '../pipeline/replays.ts';
import type { EventRouteParts } from './event-routes.ts';
import { jsonBodyOf } from './json-body.ts';
import { invalid, limitIn, parametersOf } from './parameters.ts';

export interface ReplayRouteParts {
  readonly events: Pick<EventRouteParts['events'], 'epoch'>;
  readonly replays: Pick<Replays, 'list' | 'get' | 'create' | 'cancel' | 'pause' | 'resume'>;
}

const PAGE = { most: 200, otherwise: 50 };

const text = z.string('must be a text').min(1, 'must not be empty').max(1_000, 'must have at most 1,000 characters');
const time = z.string('must be a time in ISO 8601, such as 2026-01-31T12:00:00Z').transform((given, context) => {
  const ms = parseTimestamp(given);
  if (ms !== null) return ms;
  context.addIssue('must be a time in ISO 8601, such as 2026-01-31T12:00:00Z');
  return z.NEVER;
});
const requestSchema = z.strictObject({
  destination: z.string('is needed: the id of a destination'),
  from: time.optional(),
  to: time.optional(),
  ratePerSecond: z
    .number('must be a number')
    .min(replayRateMin, `must be at least ${replayRateMin}`)
    .max(replayRateMax, `must be at most ${replayRateMax}`)
    .optional(),
  filter: z
    .strictObject({
      source: text.optional(),
      type: z.enum(CALL_TYPES, `must be one of ${CALL_TYPES.join(', ')}`).optional(),
      name: text.optional(),
      user: text.optional(),
      messageId: text.optional(),
      state: z.enum(DELIVERY_STATES, `must be one of ${DELIVERY_STATES.join(', ')}`).optional(),
      ids: z
        .array(z.string('must be the id of an event'), 'must be a list of ids of events')
        .min(1, 'must not be empty')
        .max(replayIdsMax, `must have at most ${replayIdsMax} ids`)
        .optional(),
    })
    .optional(),
});

/** Sending events again. */
export function registerReplays(api: FastifyInstance, { events: { epoch }, replays }: ReplayRouteParts): void {
  const shown = (replay: Replay): object => shownReplay(epoch, replay);
  api.post('/replays', async (request, reply) => {
    const asked = requestOf(epoch, await jsonBodyOf(request.raw, requestSchema));
    return reply.code(202).send(shown(await replays.create(asked)));
  });
  api.get('/replays', async (request, reply) => {
    const { limit, cursor } = parametersOf(request, ['limit', 'cursor']);
    const all = replays.list();
    const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && start === 0) throw invalid('cursor', 'must be the `next` of the page before');
    const page = all.slice(start, start + limitIn(limit, PAGE));
    const last = page.at(-1);
    const hasMore = start + page.length < all.length;
    return reply.send({ data: page.map(shown), next: hasMore && last !== undefined ? last.id : null });
  });
  api.get('/replays/:id', async (request, reply) => reply.send(shown(await replays.get(idOf(request)))));
  for (const action of ['cancel', 'pause', 'resume'] as const) {
    api.post(`/replays/:id/${action}`, async (request, reply) =>
      reply.code(202).send(shown(await replays[action](idOf(request)))),
    );
  }
}

function idOf({ params }: { readonly params: unknown }): string {
  return (params as { readonly id: string }).id;
}

function requestOf(epoch: number, { filter = {}, from, to, ...asked }: z.output<typeof requestSchema>): ReplayRequest {
  const { ids, ...query } = filter;
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  if (from !== undefined && to !== undefined && to <= from) throw invalid('to', 'must be after `from`');
  return {
    destination: asked.destination,
    filter: ids === undefined ? given : { ...given, positions: positionsIn(epoch, ids) },
    fromMs: from ?? null,
    toMs: to ?? null,
    ratePerSecond: asked.ratePerSecond ?? null,
  };
}

function positionsIn(epoch: number, ids: readonly string[]): readonly number[] {
  const positions = ids.map((id, index) => {
    const position = positionOf(epoch, id);
    if (position === null) throw invalid(`filter.ids.${index}`, 'must be the id of an event of this log');
    return position;
  });
  return [...new Set(positions)];
}

function shownReplay(epoch: number, replay: Replay): object {
  const { id, destination, state, reason, progress, ratePerSecond, fromMs, toMs, createdAtMs, endedAtMs } = replay;
  const { positions, ...filter } = replay.filter;
  return {
    ...{ id, destination, state, reason },
    total: totalOf(replay),
    done: doneOf(progress),
    ...progress,
    ratePerSecond,
    filter: positions === undefined ? filter : { ...filter, ids: positions.map((each) => eventIdOf(epoch, each)) },
    from: fromMs === null ? null : isoOf(fromMs),
    to: toMs === null ? null : isoOf(toMs),
    createdAt: isoOf(createdAtMs),
    endedAt: endedAtMs === null ? null : isoOf(endedAtMs),
  };
}
