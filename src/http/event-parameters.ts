import type { EventQuery } from '../domain/event-query.ts';

/** What is asked of events among what else was asked. */
export function eventQueryOf({ source, type, name, user, messageId }: EventQuery): EventQuery {
  return {
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(messageId === undefined ? {} : { messageId }),
  };
}
