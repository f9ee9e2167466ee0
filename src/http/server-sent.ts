import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { StreamReader } from '../pipeline/stream-group.ts';

/** How long a browser waits before it comes back. */
const RETRY_MS = 1_000;

/** The first thing that a stream of server-sent events has (HTML, section 9.2). */
export const OPENING = `retry: ${RETRY_MS}\n\n`;

/**
 * One message. What senders choose is in `data` alone, as JSON, which has no line ends: so it is one line, and nobody can
 * write a field of their own into the stream.
 */
export function messageText(kind: string, id: string, json: string): string {
  return `event: ${kind}\nid: ${id}\ndata: ${json}\n\n`;
}

/** That there is a stream still. Without data nothing is dispatched, and where the reader is is remembered all the same. */
export function markText(id: string): string {
  return `: nothing new\nid: ${id}\n\n`;
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // nginx would hold back what is small.
  'X-Accel-Buffering': 'no',
};

/**
 * Answers with server-sent events for as long as somebody reads them.
 *
 * @param join takes the reader, and answers what is to be called when it has left; what it throws is answered as errors are
 */
export function answerWithEvents(
  { raw: request }: { readonly raw: IncomingMessage },
  reply: FastifyReply,
  isStillAllowed: () => boolean,
  join: (reader: StreamReader) => () => void,
): void {
  const { raw: response } = reply;
  const leave = join(readerOf(response, isStillAllowed));
  void reply.hijack();
  response.writeHead(200, HEADERS);
  response.once('close', leave);
  // Of a reader that has gone there is nothing else to be seen until something is written.
  request.socket.once('end', () => response.destroy());
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
export function lastIdOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  { lastEventId }: { readonly lastEventId?: string },
): string | null {
  const ofHeader = headers['last-event-id'];
  return typeof ofHeader === 'string' && ofHeader !== '' ? ofHeader : (lastEventId ?? null);
}
