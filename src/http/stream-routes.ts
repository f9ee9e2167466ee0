import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { streamOperations } from '../contract/stream.ts';
import { positionOf } from '../domain/event.ts';
import { kindsWith, type StreamQuery } from '../domain/stream-query.ts';
import type { LiveStream } from '../pipeline/live-stream.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import { eventQueryOf } from './event-parameters.ts';
import type { HandlersOf } from './handlers.ts';
import { invalid } from './parameters.ts';

export interface StreamRouteParts {
  /** Of the log, for ids of events. */
  readonly events: { readonly epoch: number };
  readonly stream: Pick<LiveStream, 'join'>;
}

/** Whether who sent this request may read still, asked while it is answered. */
export type IsStillAllowed = (request: IncomingMessage) => boolean;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // nginx would hold back what is small.
  'X-Accel-Buffering': 'no',
};

/** What happens, as it happens: server-sent events. */
export function streamHandlers(
  { events: { epoch }, stream }: StreamRouteParts,
  isStillAllowed: IsStillAllowed,
): HandlersOf<typeof streamOperations> {
  return {
    watch: ({ query }, { request: { raw: request }, reply }) => {
      const { raw: response } = reply;
      const reader = readerOf(response, () => isStillAllowed(request));
      const leave = stream.join(reader, streamQueryOf(epoch, query), lastIdOf(request, query));
      void reply.hijack();
      response.writeHead(200, HEADERS);
      response.once('close', leave);
      // Of a reader that has gone there is nothing else to be seen until something is written.
      request.socket.once('end', () => response.destroy());
      return null;
    },
  };
}

type WatchQuery = z.output<(typeof streamOperations)['watch']['query']>;

function readerOf(response: ServerResponse, isStillAllowed: () => boolean): StreamReader {
  return {
    write: (bytes) => {
      response.write(bytes);
    },
    get waitingBytes() {
      return response.writableLength;
    },
    isStillAllowed,
    end: () => {
      if (response.writableLength > 0) response.destroy();
      else response.end();
    },
  };
}

/** Browsers send it by themselves when they come back; whoever cannot set headers gives it in the query. */
function lastIdOf({ headers }: IncomingMessage, { lastEventId }: WatchQuery): string | null {
  const ofHeader = headers['last-event-id'];
  return typeof ofHeader === 'string' && ofHeader !== '' ? ofHeader : (lastEventId ?? null);
}

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
