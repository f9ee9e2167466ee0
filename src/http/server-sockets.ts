import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SluiceError } from '../domain/errors.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import type { Certificate } from './certificate.ts';
import { rawErrorResponse } from './error-response.ts';
import { createServer } from './node-http.ts';

/** How long a connection may take for what, in milliseconds. */
export interface Timeouts {
  /** For a request's headers, and for a handshake. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** How often is looked for those who are over the first two. */
  readonly checkMs: number;
  /** Without a request, between two. */
  readonly keepAliveMs: number;
  /** With nothing sent and nothing taken, while an answer is made or written. */
  readonly silenceMs: number;
}

/**
 * A request may take as long as 512,000 bytes at 70 kbit/s, a bad mobile connection; who sends slower holds a connection
 * for nothing, and who takes none of its answer holds that, too. Idle ones are kept above the 60 s of load balancers, so
 * that they end them, and not we under a request.
 */
export const TIMEOUTS: Timeouts = {
  headersMs: 15_000,
  requestMs: 60_000,
  checkMs: 5_000,
  keepAliveMs: 72_000,
  silenceMs: 120_000,
};

/** What a server is opened on. */
export interface Sockets extends ConnectionHolder {
  readonly scheme: 'http' | 'https';
  /** The server whose requests it gets. @param onRequest asked nothing before `open` */
  readonly makeServer: (onRequest: RequestListener) => Server;
}

/** What has connections, here or in HTTP threads. */
export interface ConnectionHolder {
  /** From now on what is asked is answered, and so is what was asked before. */
  open(): void;
  /** The server refuses calls from now on. */
  refuse(): void;
  /** Takes no connection any more. Resolves when the last one has ended. */
  close(): Promise<void>;
  /** Ends every connection, whatever is under way on it. */
  cutOff(): void;
}

/** The certificate for handshakes, now and later. */
export type FollowedCertificate = Pick<CertificateWatch, 'current' | 'follow'>;

/**
 * What connections come in by: a server for each address of the host, all alike. That is one, but for `localhost`, which
 * is two (RFC 6761), whatever this machine's list of names has; and which of them a program tries is its own affair.
 *
 * The first is Fastify's. The others hand it what happens on them, so that no request is treated otherwise. They may
 * listen before there is anybody to answer: what is asked until then waits.
 */
export class ServerSockets implements Sockets {
  readonly scheme: 'http' | 'https';
  readonly #make: () => Server;
  readonly #servers: Server[] = [];
  #onRequest: RequestListener | null = null;
  /** What was asked before there was somebody to answer; null once there is. */
  #early: [IncomingMessage, ServerResponse & { req: IncomingMessage }][] | null = [];
  /** Those of them that speak TLS. */
  readonly #tlsServers: TlsServer[] = [];
  /** Connections whose handshake has not ended: nothing was asked on them yet, and Node would wait for them. */
  readonly #shaking = new Set<Socket | null | undefined>();

  /** @param certificate null for plain HTTP */
  constructor(certificate: FollowedCertificate | null, timeouts: Timeouts = TIMEOUTS) {
    this.scheme = certificate === null ? 'http' : 'https';
    this.#make = () =>
      patient(
        certificate === null ? createServer(optionsOf(timeouts)) : this.#makeTls(certificate, timeouts),
        timeouts,
      );
    certificate?.follow((next) => {
      for (const server of this.#tlsServers) server.setSecureContext(contextOf(next));
    });
  }

  readonly makeServer = (onRequest: RequestListener): Server => {
    this.#onRequest = onRequest;
    return this.#first();
  };

  open(): void {
    const early = this.#early ?? [];
    this.#early = null;
    for (const exchange of early) this.#onRequest?.(...exchange);
  }

  refuse(): void {
    // Who asks is told by the server itself.
  }

  /** Has a connection that came in elsewhere. */
  take(connection: Duplex): void {
    this.#first().emit('connection', connection);
  }

  /**
   * Listens on every address of the host that this machine has, at one port, and answers that.
   *
   * @param port 0 for one that is free
   * @param isShared whether others may listen at the same port, who say so too: each connection comes to one of them
   */
  async listen(host: string, port: number, isShared = false): Promise<number> {
    const addresses = host === 'localhost' ? LOCALHOST : [host];
    for (let tries = 1; ; tries++) {
      try {
        return await this.#listenAt(addresses, { port, reusePort: isShared });
      } catch (error) {
        await this.close();
        // What is free at one address may be taken at the next.
        const isWorthMore = port === 0 && addresses.length > 1 && tries < FREE_PORT_TRIES_MAX;
        if (!isWorthMore || codeOf(error) !== 'EADDRINUSE') throw error;
      }
    }
  }

  async close(): Promise<void> {
    const ended = this.#servers.map(
      async (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    );
    this.#endHandshakes();
    await Promise.all(ended);
  }

  cutOff(): void {
    for (const server of this.#servers) server.closeAllConnections();
    this.#endHandshakes();
  }

  async #listenAt(addresses: readonly string[], { port, reusePort }: Place): Promise<number> {
    let bound = port;
    let listening = 0;
    let missing: unknown = null;
    for (const address of addresses) {
      const server = this.#servers[listening] ?? (listening === 0 ? this.#first() : this.#another());
      try {
        await listenOn(server, address, { port: bound, reusePort });
        bound = (server.address() as AddressInfo).port;
        listening++;
      } catch (error) {
        // IPv6 may be turned off.
        if (!UNAVAILABLE.has(codeOf(error))) throw error;
        missing = error;
      }
    }
    if (listening === 0) throw missing;
    return bound;
  }

  #first(): Server {
    const [made] = this.#servers;
    if (made !== undefined) return made;
    const server = this.#make();
    server.on('request', (...exchange) => {
      if (this.#early === null) this.#onRequest?.(...exchange);
      else this.#early.push(exchange);
    });
    this.#servers.push(server);
    return server;
  }

  #another(): Server {
    const server = this.#make();
    const [first] = this.#servers;
    for (const event of ['request', 'checkExpectation', 'clientError'])
      server.on(event, (...given: unknown[]) => first?.emit(event, ...given));
    this.#servers.push(server);
    return server;
  }

  /**
   * HTTPS with HTTP/1.1 alone: every Segment library speaks it, those that offer HTTP/2 beside it (Kotlin's) included,
   * and Node's HTTP/2 server would be a second one with limits, timeouts and attacks of its own. A reverse proxy in front
   * speaks it where browsers gain by it.
   */
  #makeTls(certificate: FollowedCertificate, timeouts: Timeouts): TlsServer {
    const server = createTlsServer({
      ...optionsOf(timeouts),
      ...contextOf(certificate.current),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: timeouts.headersMs,
      allowHalfOpen: true,
    });
    this.#tlsServers.push(server);
    server.prependListener('connection', (socket: Socket) => {
      this.#shaking.add(socket);
      socket.once('close', () => this.#shaking.delete(socket));
    });
    server.on('secureConnection', (socket: SocketOverTcp) => this.#shaking.delete(socket._parent));
    // In place of Node's own listener, which hands what is no handshake to the one for what is no HTTP.
    server.removeAllListeners('tlsClientError').on('tlsClientError', refuseHandshake);
    return server;
  }

  #endHandshakes(): void {
    for (const socket of this.#shaking) socket?.destroy();
  }
}

type TlsServer = ReturnType<typeof createTlsServer>;

const LOCALHOST = ['127.0.0.1', '::1'];
/** The chance that a port which is free at one address is taken at the other is small, and this is far beyond it. */
const FREE_PORT_TRIES_MAX = 10;
const UNAVAILABLE: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

function optionsOf({ requestMs, headersMs, checkMs, keepAliveMs }: Timeouts) {
  return {
    requestTimeout: requestMs,
    headersTimeout: headersMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: keepAliveMs,
    // Node's own answer to a missing one has no body; where the name matters it is checked by us.
    requireHostHeader: false,
  };
}

/** What Node has no option for. */
function patient<S extends Server>(server: S, { silenceMs }: Timeouts): S {
  server.timeout = silenceMs;
  // Who has sent a request may say that there won't be more (`shutdown`, `nc -N`), and is answered all the same.
  (server as S & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, (socket: SocketUnderWay) => {
      socket.on('end', () => {
        if (isCutShort(socket)) server.emit('clientError', new Error('the body ends before its length'), socket);
      });
    });
  }
  return server;
}

type SocketUnderWay = Socket & { readonly _httpMessage?: ServerResponse | null };

/** Node notices this of all requests but those that ask for an upgrade, and would wait for the rest. */
function isCutShort({ destroyed, _httpMessage: underWay }: SocketUnderWay): boolean {
  return !destroyed && underWay !== undefined && underWay !== null && !underWay.req.complete;
}

interface Place {
  readonly port: number;
  readonly reusePort: boolean;
}

async function listenOn(server: Server, host: string, place: Place): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host, ...place }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What listening ended with, as whoever started it reads it. */
export function addressError(error: unknown, at: { readonly host: string; readonly port: number }): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { host, port } = at;
  if (error.code === 'EADDRINUSE') return new SluiceError('address_in_use', { host, port }, error);
  // Only Linux and some BSDs spread connections over those who listen.
  const reason =
    error.code === 'ENOTSUP' ? 'only one thread can listen on it here; set http.threads to 1' : error.message;
  return new SluiceError('address_unusable', { host, port, reason }, error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** Ciphers are Node's own choice, which follows what becomes known of them. */
function contextOf({ cert, key }: Certificate) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

/** Node's name for the connection that the handshake is made on, since it has no public one. */
export type SocketOverTcp = Socket & { readonly _parent?: Socket | null };

/** Ends a connection so that its other side hears of a reset. */
export function reset(socket: SocketOverTcp): void {
  // Of TLS the connection below: what it is wrapped in can only be closed.
  const below = socket._parent ?? null;
  if (below === null) socket.resetAndDestroy();
  else {
    below.resetAndDestroy();
    socket.destroy();
  }
}

/** Who speaks plain HTTP here is told so, on the connection below. */
function refuseHandshake(error: NodeJS.ErrnoException, socket: SocketOverTcp): void {
  const below = socket._parent ?? null;
  if (error.code === 'ERR_SSL_HTTP_REQUEST' && below?.writable === true) {
    below.end(rawErrorResponse(new SluiceError('https_required')));
  } else socket.destroy();
}
