import type { z } from 'zod';
import type { eventOperations } from '../contract/events.ts';
import { SluiceError } from '../domain/errors.ts';
import type { EventQuery } from '../domain/event-query.ts';
import { eventIdOf, type LoggedEvent, type Position, positionOf } from '../domain/event.ts';
import type { EventPage } from '../pipeline/find-events.ts';
import type { Fate } from '../pipeline/trace-event.ts';
import { eventQueryOf } from './event-parameters.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidCursor } from './parameters.ts';
import { listRefused, type RefusedRouteParts } from './refused-routes.ts';
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

/** What was accepted, and with `refused=true` what was not. */
export function eventHandlers(parts: EventRouteParts): HandlersOf<typeof eventOperations> {
  const { events } = parts;
  const { epoch } = events;
  return {
    listEvents: async ({ query }) => {
      if (query.refused === true) return listRefused(parts, query);
      const page = await events.find(searchOf(query), cursorIn(epoch, query.cursor), query.limit);
      return {
        data: page.events.map((event) => shownEvent(epoch, event)),
        next: page.next === null ? null : eventIdOf(epoch, page.next),
        isComplete: page.isComplete,
      };
    },
    getEvent: async ({ params: { id } }) => {
      const position = positionOf(epoch, id);
      const event = position === null ? null : await events.get(position);
      if (event === null) throw new SluiceError('event_not_found', { id: id.slice(0, 64) });
      return { ...shownEvent(epoch, event), destinations: await events.trace(event) };
    },
  };
}

type ListQuery = z.output<typeof eventOperations.listEvents.query>;

function searchOf({ from, to, ...asked }: ListQuery): EventQuery {
  return {
    ...eventQueryOf(asked),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  };
}

function cursorIn(epoch: number, text: string | undefined): Position | null {
  if (text === undefined) return null;
  const position = positionOf(epoch, text);
  if (position === null) throw invalidCursor();
  return position;
}
