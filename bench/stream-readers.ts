/**
 * Those who read the live stream, in a process of its own: raw connections that count what comes and look at nothing of
 * it, so that reading costs the machine as little as it can.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { answerQuestions } from './party.ts';

export type ReadersQuestion =
  /** One connection for each of these queries. Answers once each is told that there is a stream. */
  | { readonly kind: 'open'; readonly url: string; readonly token: string; readonly queries: readonly string[] }
  | { readonly kind: 'close' };

export interface ReadersReply {
  /** That came since they were opened, over all connections. */
  readonly bytes: number;
}

/** What is read of a connection at once; all connections share it, since nobody looks at it. */
const BUFFER = Buffer.alloc(256 * 1024);

let sockets: readonly Socket[] = [];
let bytes = 0;

answerQuestions(async (question: ReadersQuestion): Promise<ReadersReply> => {
  if (question.kind === 'open') {
    bytes = 0;
    sockets = await Promise.all(question.queries.map(async (query) => openOne(question, query)));
  } else {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  }
  return { bytes };
});

async function openOne({ url, token }: { readonly url: string; readonly token: string }, query: string) {
  const { hostname, port, host } = new URL(url);
  let isOpen: (answer: string) => void = () => undefined;
  const opened = new Promise<string>((resolve) => (isOpen = resolve));
  const socket = connect({
    ...{ host: hostname, port: Number(port) },
    onread: {
      buffer: BUFFER,
      callback: (length) => {
        if (bytes === 0 || isOpen !== done) isOpen(BUFFER.toString('latin1', 0, Math.min(length, 64)));
        bytes += length;
        return true;
      },
    },
  });
  // Sluice may end before its readers.
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  const head = [`GET /api/v1/stream?${query} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${token}`];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const answer = await opened;
  isOpen = done;
  if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`the live stream answered ${answer}`);
  return socket;
}

function done(): void {
  // It is open already.
}
