import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { OUTCOMES } from '../domain/attempt.ts';
import { positionOf } from '../domain/event.ts';
import { kindsWith, STREAM_KINDS, type StreamKind, type StreamQuery } from '../domain/stream-query.ts';
import type { LiveStream } from '../pipeline/live-stream.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import { EVENT_PARAMETERS, eventQueryIn } from './event-parameters.ts';
import { invalid, type Parameters, parametersOf } from './parameters.ts';

export interface StreamRouteParts {
  /** Of the log, for ids of events. */
  readonly events: { readonly epoch: number };
  readonly stream: Pick<LiveStream, 'join'>;
}

/** Whether who sent this request may read still, asked while it is answered. */
export type IsStillAllowed = (request: IncomingMessage) => boolean;

const FILTERS = [...EVENT_PARAMETERS, 'event', 'destination', 'endpoint', 'outcome'] as const;
const PARAMETERS = [...FILTERS, 'kinds', 'lastEventId'] as const;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // nginx would hold back what is small.
  'X-Accel-Buffering': 'no',
};

/** What happens, as it happens: server-sent events. */
export function registerStream(
  api: FastifyInstance,
  { events: { epoch }, stream }: StreamRouteParts,
  isStillAllowed: IsStillAllowed,
): void {
  // A HEAD would be answered with a stream.
  api.get('/stream', { exposeHeadRoute: false }, (request, reply) => {
    const asked = parametersOf(request, PARAMETERS);
    const { raw: response } = reply;
    const reader = readerOf(response, () => isStillAllowed(request.raw));
    const leave = stream.join(reader, streamQueryIn(epoch, asked), lastIdOf(request.raw, asked));
    void reply.hijack();
    response.writeHead(200, HEADERS);
    response.once('close', leave);
    // Of a reader that has gone there is nothing else to be seen until something is written.
    request.raw.socket.once('end', () => response.destroy());
  });
}

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
function lastIdOf({ headers }: IncomingMessage, { lastEventId }: Parameters<(typeof PARAMETERS)[number]>) {
  const ofHeader = headers['last-event-id'];
  return typeof ofHeader === 'string' && ofHeader !== '' ? ofHeader : (lastEventId ?? null);
}

function streamQueryIn(epoch: number, asked: Parameters<(typeof PARAMETERS)[number]>): StreamQuery {
  const { destination, endpoint } = asked;
  const outcome = OUTCOMES.find((each) => each === asked.outcome);
  if (asked.outcome !== undefined && outcome === undefined)
    throw invalid('outcome', `must be one of ${OUTCOMES.join(', ')}`);
  const event = asked.event === undefined ? undefined : positionOf(epoch, asked.event);
  if (event === null) throw invalid('event', 'must be the id of an event, such as evt_1f3k2m9q00000000007');
  return {
    kinds: kindsIn(asked),
    of: eventQueryIn(asked),
    ...(event === undefined ? {} : { event }),
    ...(destination === undefined ? {} : { destination }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** Those that are named, or else all of which what is given can be asked. */
function kindsIn(asked: Parameters<(typeof PARAMETERS)[number]>): readonly StreamKind[] {
  const given = FILTERS.filter((name) => asked[name] !== undefined);
  const possible = kindsWith(given);
  if (asked.kinds === undefined) return possible;
  return asked.kinds.split(',').map((name) => {
    const kind = STREAM_KINDS.find((each) => each === name);
    if (kind === undefined)
      throw invalid('kinds', `must be some of ${STREAM_KINDS.join(', ')}, with commas between them`);
    if (!possible.includes(kind)) throw invalid('kinds', `cannot have ${kind} together with ${given.join(', ')}`);
    return kind;
  });
}
