import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import type { EventQuery } from '../domain/event-query.ts';
import { eventIdOf, type LoggedEvent, type Position, positionOf } from '../domain/event.ts';
import type { EventPage } from '../pipeline/find-events.ts';
import type { Fate } from '../pipeline/trace-event.ts';
import { EVENT_PARAMETERS, eventQueryIn } from './event-parameters.ts';
import { invalid, limitIn, type Parameters, parametersOf, timeIn } from './parameters.ts';
import { listRefused, REFUSED_PARAMETERS, type RefusedRouteParts } from './refused-routes.ts';
import { shownEvent } from './shown-event.ts';

export interface EventRouteParts extends RefusedRouteParts {
  readonly events: {
    /** Of the log, for ids. */
    readonly epoch: number;
    /** See `EventFinder.find`. */
    find(query: EventQuery, before: Position | null, limit: number): Promise<EventPage>;
    /** Null: it was erased or pruned, or never there. */
    get(position: Position): Promise<LoggedEvent | null>;
    /** See `fatesOf`. */
    trace(event: LoggedEvent): Promise<readonly Fate[]>;
  };
}

const PAGE = { most: 200, otherwise: 50 };
const PARAMETERS = [...EVENT_PARAMETERS, 'from', 'to', 'limit', 'cursor'] as const;

/** What was accepted, and with `refused=true` what was not. */
export function registerEvents(api: FastifyInstance, parts: EventRouteParts): void {
  const { events } = parts;
  api.get('/events', async (request, reply) => {
    const { refused } = request.query as { readonly refused?: unknown };
    if (refused === 'true') return reply.send(await listRefused(parts, parametersOf(request, REFUSED_PARAMETERS)));
    if (refused !== undefined && refused !== 'false') throw invalid('refused', 'must be true or false');
    const asked = parametersOf(request, [...PARAMETERS, 'refused']);
    const before = cursorIn(events.epoch, asked.cursor);
    const page = await events.find(queryIn(asked), before, limitIn(asked.limit, PAGE));
    return reply.send({
      data: page.events.map((event) => shownEvent(events.epoch, event)),
      next: page.next === null ? null : eventIdOf(events.epoch, page.next),
      isComplete: page.isComplete,
    });
  });
  api.get('/events/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const position = positionOf(events.epoch, id);
    const event = position === null ? null : await events.get(position);
    if (event === null) throw new SluiceError('event_not_found', { id: id.slice(0, 64) });
    return reply.send({ ...shownEvent(events.epoch, event), destinations: await events.trace(event) });
  });
}

function queryIn(asked: Parameters<(typeof PARAMETERS)[number]>): EventQuery {
  const query = eventQueryIn(asked);
  const fromMs = timeIn('from', asked.from);
  const toMs = timeIn('to', asked.to);
  return {
    ...query,
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

function cursorIn(epoch: number, text: string | undefined): Position | null {
  if (text === undefined) return null;
  const position = positionOf(epoch, text);
  if (position === null) throw invalid('cursor', 'must be the `next` of the page before');
  return position;
}
