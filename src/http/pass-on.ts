import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { SluiceError } from '../domain/errors.ts';
import { request as ask } from './node-http.ts';
import { type Ends, PortSocket } from './port-socket.ts';
import { reset, type SocketOverTcp } from './server-sockets.ts';

/** A request that comes to another thread: the connection that it comes by there, and what it stands for. */
export interface PassedOn extends Ends {
  readonly port: MessagePort;
  readonly isEncrypted: boolean;
}

/** Of an answer, what holds for its own connection alone, and is said anew on the other. */
const HOP_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * Makes what passes a request on to another thread and its answer back, each as it comes: bytes, order and spelling of
 * headers, the peer's address, and how either side ends. Each request has a connection of its own there.
 *
 * @param hand has the other thread take what comes by the port: see `PassedSockets`
 * @throws SluiceError `malformed_request` what cannot be passed on
 */
export function makePassOn(
  hand: (passed: PassedOn, port: MessagePort) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { socket } = request;
    const asking = askFor(request, () => openInner(socket, hand));
    // Who says that there won't be more may wait for the answer, or have given up, which is for the other side to say.
    const end = (): void => void asking.socket?.end();
    socket.once('end', end);
    response.once('close', () => {
      socket.off('end', end);
      asking.destroy();
    });
    asking.on('response', (answer) => {
      passBack(answer, response);
    });
    // What the other side ends without an answer is ended here.
    asking.on('error', () => {
      if (!response.headersSent) response.destroy();
    });
    // Not only with the body, of which nothing may come yet.
    asking.flushHeaders();
    request.pipe(asking);
  };
}

/** @throws SluiceError `malformed_request` should Node ever read what it refuses to write: nobody outside is to end a thread */
function askFor({ method = '', url = '', rawHeaders }: IncomingMessage, open: () => PortSocket): ClientRequest {
  try {
    return ask({ method, path: url, headers: rawHeaders, setDefaultHeaders: false, createConnection: open });
  } catch (error) {
    throw new SluiceError('malformed_request', { reason: String(error) }, error);
  }
}

function openInner(socket: SocketOverTcp, hand: (passed: PassedOn, port: MessagePort) => void): PortSocket {
  const { port1, port2 } = new MessageChannel();
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  const ends = { remoteAddress, remotePort, localAddress, localPort };
  hand({ ...ends, port: port2, isEncrypted: 'encrypted' in socket }, port2);
  return new PortSocket(port1, ends, (wish) => {
    if (wish === 'reset') reset(socket);
    else socket.setTimeout(wish.silenceMs);
  });
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  const { statusCode = 500, statusMessage = '', rawHeaders } = answer;
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!HOP_HEADERS.has(name.toLowerCase())) headers.push(name, value);
  }
  if (answer.headers.connection === 'close') headers.push('Connection', 'close');
  response.writeHead(statusCode, statusMessage, headers);
  // What has no length may be long in coming.
  if (answer.headers['content-length'] === undefined) response.flushHeaders();
  answer.on('error', () => response.destroy()).pipe(response);
}
