import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SluiceError } from '../domain/errors.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import type { Certificate } from './certificate.ts';
import { rawErrorResponse } from './error-response.ts';

/**
 * How long a request may take to arrive: headers alone, and altogether (512,000 bytes at 70 kbit/s, a bad mobile
 * connection). Who sends slower holds a connection for nothing. A handshake has as long as headers.
 */
const HEADERS_TIMEOUT_MS = 15_000;
export const REQUEST_TIMEOUT_MS = 60_000;
/** How often Node looks for those who are over it. */
const TIMEOUT_CHECK_MS = 5_000;
/** Above the 60 s that load balancers keep an idle connection, so that they end it and not we under a request. */
export const KEEP_ALIVE_MS = 72_000;

const SERVER_OPTIONS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Node's own answer to a missing one has no body; where the name matters it is checked by us.
  requireHostHeader: false,
} as const;

/** How Fastify gets Node's server, and what must be done to that. */
export interface Listener {
  readonly scheme: 'http' | 'https';
  /** Of Fastify. */
  readonly options: { readonly http: typeof SERVER_OPTIONS } | { readonly serverFactory: MakeServer };
  /** Ends the connections whose handshake has not ended: nothing was asked on them yet, and Node would wait for them. */
  readonly endHandshakes: () => void;
}

type MakeServer = (onRequest: RequestListener) => Server;

/** @param certificate null for plain HTTP */
export function makeListener(certificate: CertificateWatch | null): Listener {
  if (certificate !== null) return tlsListener(certificate);
  // Fastify makes a server for each address of `localhost` itself, which it doesn't of one that is made for it.
  return { scheme: 'http', options: { http: SERVER_OPTIONS }, endHandshakes: () => undefined };
}

/**
 * HTTPS with HTTP/1.1 alone: every Segment library speaks it, those that offer HTTP/2 beside it (Kotlin's) included,
 * and Node's HTTP/2 server would be a second one with limits, timeouts and attacks of its own. A reverse proxy in front
 * speaks it where browsers gain by it.
 */
function tlsListener(certificate: CertificateWatch): Listener {
  const shaking = new Set<Socket | null | undefined>();
  const endHandshakes = (): void => {
    for (const socket of shaking) socket?.destroy();
  };
  const serverFactory: MakeServer = (onRequest) => {
    const options = { ...SERVER_OPTIONS, ...contextOf(certificate.current), ...HANDSHAKE };
    const server = createTlsServer(options, onRequest);
    certificate.follow((next) => {
      server.setSecureContext(contextOf(next));
    });
    server.prependListener('connection', (socket: Socket) => {
      shaking.add(socket);
      socket.once('close', () => shaking.delete(socket));
    });
    server.on('secureConnection', (socket: SocketOverTcp) => shaking.delete(socket._parent));
    // In place of Node's own listener, which hands what is no handshake to the one for what is no HTTP.
    server.removeAllListeners('tlsClientError').on('tlsClientError', refuseHandshake);
    return server;
  };
  return { scheme: 'https', options: { serverFactory }, endHandshakes };
}

const HANDSHAKE = { ALPNProtocols: ['http/1.1'], handshakeTimeout: HEADERS_TIMEOUT_MS };

/** Ciphers are Node's own choice, which follows what becomes known of them. */
function contextOf({ cert, key }: Certificate) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

/** Node's name for the connection that the handshake is made on, since it has no public one. */
type SocketOverTcp = TLSSocket & { readonly _parent?: Socket | null };

/** Who speaks plain HTTP here is told so, on the connection below. */
function refuseHandshake(error: NodeJS.ErrnoException, socket: SocketOverTcp): void {
  const below = socket._parent ?? null;
  if (error.code === 'ERR_SSL_HTTP_REQUEST' && below?.writable === true) {
    below.end(rawErrorResponse(new SluiceError('https_required')));
  } else socket.destroy();
}
