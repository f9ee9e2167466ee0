import type { z } from 'zod';
import type { Shown } from '../contract/operation.ts';
import { type replayOperations, type replay, type replayRequest } from '../contract/replays.ts';
import { eventIdOf, positionOf } from '../domain/event.ts';
import { doneOf, type Replay, totalOf } from '../domain/replay.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { ReplayRequest, Replays } from '../pipeline/replays.ts';
import type { EventRouteParts } from './event-routes.ts';
import type { Exchange, HandlersOf } from './handlers.ts';
import { invalidBody } from './json-body.ts';
import { pageOf } from './page.ts';

export interface ReplayRouteParts {
  readonly events: Pick<EventRouteParts['events'], 'epoch'>;
  readonly replays: Pick<Replays, 'list' | 'get' | 'create' | 'cancel' | 'pause' | 'resume'>;
}

/** Sending events again. */
export function replayHandlers({ events: { epoch }, replays }: ReplayRouteParts): HandlersOf<typeof replayOperations> {
  const acted =
    (verb: 'cancel' | 'pause' | 'resume') =>
    async ({ params: { id } }: { readonly params: { readonly id: string } }, { noted }: Pick<Exchange, 'noted'>) =>
      shownReplay(epoch, await replays[verb](id, noted));
  return {
    createReplay: async ({ body }, { noted }) =>
      shownReplay(epoch, await replays.create(requestOf(epoch, body), noted)),
    listReplays: ({ query }) => {
      const { data, next } = pageOf(replays.list(), query);
      return { data: data.map((each) => shownReplay(epoch, each)), next };
    },
    getReplay: async ({ params: { id } }) => shownReplay(epoch, await replays.get(id)),
    cancelReplay: acted('cancel'),
    pauseReplay: acted('pause'),
    resumeReplay: acted('resume'),
  };
}

/** @throws SluiceError `invalid_body` */
function requestOf(epoch: number, { filter = {}, from, to, ...asked }: z.output<typeof replayRequest>): ReplayRequest {
  const { ids = [], ...query } = filter;
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  const positions = ids.map((id) => positionOf(epoch, id));
  const problems = positions.flatMap((position, index) =>
    position === null ? [{ path: `filter.ids[${index}]`, message: 'must be the id of an event of this log' }] : [],
  );
  if (from !== undefined && to !== undefined && to <= from)
    problems.unshift({ path: 'to', message: 'must be after `from`' });
  if (problems.length > 0) throw invalidBody(problems);
  const known = new Set(positions.filter((position) => position !== null));
  return {
    destination: asked.destination,
    filter: filter.ids === undefined ? given : { ...given, positions: [...known] },
    fromMs: from ?? null,
    toMs: to ?? null,
    ratePerSecond: asked.ratePerSecond ?? null,
  };
}

function shownReplay(epoch: number, replayed: Replay): Shown<typeof replay> {
  const { id, destination, state, reason, progress, ratePerSecond, fromMs, toMs, createdAtMs, endedAtMs } = replayed;
  const { positions, ...filter } = replayed.filter;
  return {
    ...{ id, destination, state, reason },
    total: totalOf(replayed),
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
