import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { streamOperations } from '../contract/stream.ts';
import { positionOf } from '../domain/event.ts';
import { kindsWith, type StreamQuery } from '../domain/stream-query.ts';
import type { LiveStream } from '../pipeline/live-stream.ts';
import { eventQueryOf } from './event-parameters.ts';
import type { HandlersOf } from './handlers.ts';
import { invalid } from './parameters.ts';
import { answerWithEvents, lastIdOf } from './server-sent.ts';

export interface StreamRouteParts {
  /** Of the log, for ids of events. */
  readonly events: { readonly epoch: number };
  readonly stream: Pick<LiveStream, 'join'>;
}

/** Whether who sent this request may read still, asked while it is answered. */
export type IsStillAllowed = (request: IncomingMessage) => boolean;

/** What happens, as it happens: server-sent events. */
export function streamHandlers(
  { events: { epoch }, stream }: StreamRouteParts,
  isStillAllowed: IsStillAllowed,
): HandlersOf<typeof streamOperations> {
  return {
    watch: ({ query }, { request, reply }) => {
      const [asked, lastId] = [streamQueryOf(epoch, query), lastIdOf(request.raw, query)];
      answerWithEvents(
        request,
        reply,
        () => isStillAllowed(request.raw),
        (reader) => stream.join(reader, asked, lastId),
      );
      return null;
    },
  };
}

type WatchQuery = z.output<(typeof streamOperations)['watch']['query']>;

/** @throws SluiceError `invalid_parameter` */
function streamQueryOf(epoch: number, asked: WatchQuery): StreamQuery {
  const { kinds, event: eventId, destination, endpoint, outcome } = asked;
  const event = eventId === undefined ? undefined : positionOf(epoch, eventId);
  if (event === null) throw invalid('event', 'must be the id of an event, such as evt_1f3k2m9q00000000007');
  const of = eventQueryOf(asked);
  const filters = {
    ...(event === undefined ? {} : { event }),
    ...(destination === undefined ? {} : { destination }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  // Without kinds: all of which what is given can be asked.
  return { kinds: kinds ?? kindsWith(Object.keys({ ...of, ...filters })), of, ...filters };
}
