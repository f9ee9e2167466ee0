import type { EventQuery } from '../domain/event-query.ts';
import { EVENT_TYPES } from '../domain/event.ts';
import { invalid, type Parameters } from './parameters.ts';

/** What one can ask of events, beside their time. */
export const EVENT_PARAMETERS = ['source', 'type', 'name', 'user', 'messageId'] as const;

/** @throws SluiceError `invalid_parameter` */
export function eventQueryIn(asked: Parameters<(typeof EVENT_PARAMETERS)[number]>): EventQuery {
  const { source, type, name, user, messageId } = asked;
  const known = EVENT_TYPES.find((each) => each === type);
  if (type !== undefined && known === undefined) throw invalid('type', `must be one of ${EVENT_TYPES.join(', ')}`);
  return {
    ...(source === undefined ? {} : { source }),
    ...(known === undefined ? {} : { type: known }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(messageId === undefined ? {} : { messageId }),
  };
}
