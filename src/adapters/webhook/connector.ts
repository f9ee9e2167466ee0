import { connect as connectTcp, isIP, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { AttemptError } from '../../domain/attempt.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { AddressGuard } from './address-guard.ts';
import { connectErrorOf, ConnectFailure, noConnectionWithin, type ConnectPhase, type Peer } from './exchange-error.ts';
import type { OnPhase, Open, Waiting } from './opening.ts';
import { makeTunnel, type Proxy } from './tunnel.ts';

/** What connections to one endpoint have in common. */
export interface ConnectorOptions {
  readonly ambient: Ambient;
  readonly guard: AddressGuard;
  readonly peer: Peer;
  /** What to connect by; null for directly. */
  readonly proxy: Proxy | null;
  /** Whom to trust, and as whom to come; null for plain HTTP. */
  readonly secureContext: SecureContext | null;
  /** A connection that takes longer is given up: by then nobody waits for it. */
  readonly timeoutMs: number;
  /** TLS session tickets that a connection may bring in a second. */
  readonly ticketsMax?: number;
}

/** Before the next address of a name is tried: longer than the way to the other side of the Earth and back. */
const NEXT_ADDRESS_MS = 500;

/**
 * Servers send a few with the handshake: OpenSSL two, others up to four. In TLS 1.3 more may come at any time (RFC 8446,
 * section 4.6.1). They are no part of any answer, which has limits of its own, and each takes 16 µs to read.
 */
const TICKETS_PER_SECOND_MAX = 32;

/** Who wants a connection. One of `onSocket` and `onFailure` is called, once and not before `Connect` has returned. */
export interface Connecting {
  readonly onPhase: OnPhase;
  readonly onSocket: (socket: Socket) => void;
  /** What comes over the connection, from `onSocket` on; valid during the call. */
  readonly onBytes: (bytes: Buffer) => void;
  readonly onFailure: (failure: ConnectFailure) => void;
}

/** Begins to connect. What it returns gives up; `onFailure` is told the reason then. */
export type Connect = (connecting: Connecting) => (reason: Error) => void;

/**
 * Makes what connects to one endpoint: only to addresses that the guard lets through, and over TLS only to who proves to
 * be the host. Made once for an endpoint, whose TLS sessions it keeps.
 */
export function makeConnect(options: ConnectorOptions): Connect {
  const { ambient, guard, peer, timeoutMs } = options;
  const open = makeOpener(options);
  return ({ onPhase, onSocket, onBytes, onFailure }) => {
    const forbidden = guard.problemOf(peer.host);
    if (forbidden !== null) {
      ambient.soon(() => {
        onFailure(new ConnectFailure({ code: 'address_forbidden', message: forbidden }));
      });
      return () => undefined;
    }
    const giveUp = open({
      onPhase,
      onBytes,
      ready(socket) {
        deadline.cancel();
        socket.setNoDelay(true);
        onSocket(socket);
      },
      failed(error, phase) {
        deadline.cancel();
        onFailure(error instanceof ConnectFailure ? error : new ConnectFailure(connectErrorOf(error, phase, peer)));
      },
    });
    const deadline = ambient.after(timeoutMs, () => {
      giveUp(new ConnectFailure(noConnectionWithin(timeoutMs, peer)));
    });
    return giveUp;
  };
}

function makeOpener(options: ConnectorOptions): Open {
  const { guard, peer, proxy, secureContext } = options;
  if (proxy === null) return secureContext === null ? makeTcp(options) : makeTls(options, secureContext);
  const tunnel = makeTunnel({ proxy, guard, peer });
  return secureContext === null ? makePlainOver(tunnel) : makeTlsOver(tunnel, options, secureContext);
}

function tcpOptionsOf({ guard, peer: { host, port } }: ConnectorOptions): TcpNetConnectOpts {
  return {
    host,
    port,
    lookup: guard.lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
}

function makeTcp(options: ConnectorOptions): Open {
  const tcp = tcpOptionsOf(options);
  return (waiting) => {
    const socket = connectTcp({ ...tcp, onread: intoSharedRoom(waiting.onBytes) });
    watchReaching(socket, options.peer, waiting.onPhase);
    return follow(socket, 'connect', () => 'reaching', waiting);
  };
}

function makeTls(options: ConnectorOptions, secureContext: SecureContext): Open {
  const tcp = tcpOptionsOf(options);
  const openTls = makeTlsSessions(options, secureContext);
  return (waiting) => {
    const socket = openTls(tcp);
    let isReached = false;
    watchReaching(socket, options.peer, waiting.onPhase);
    socket.once('connect', () => {
      isReached = true;
      waiting.onPhase('tlsMs');
    });
    socket.on('data', waiting.onBytes);
    return follow(socket, 'secureConnect', () => (isReached ? handshakePhaseOf(socket) : 'reaching'), waiting);
  };
}

/** Where what comes over plain TCP is read to: once and for all, since it is handed on before anything else is read. */
const ROOM = Buffer.allocUnsafeSlow(64 * 1024);

/** Has Node read into a room that is there, instead of making one of 64 KiB for each read: 2 µs less for an answer. */
function intoSharedRoom(onBytes: (bytes: Buffer) => void): OnReadOpts {
  return {
    buffer: ROOM,
    callback: (length) => {
      onBytes(ROOM.subarray(0, length));
      return true;
    },
  };
}

/** Plain HTTP inside a connection that leads to the endpoint. */
function makePlainOver(reach: Open): Open {
  return (waiting) =>
    reach({
      ...waiting,
      ready(socket) {
        socket.on('data', waiting.onBytes);
        waiting.ready(socket);
      },
    });
}

/** TLS with the endpoint, inside a connection that leads there. */
function makeTlsOver(reach: Open, options: ConnectorOptions, secureContext: SecureContext): Open {
  const openTls = makeTlsSessions(options, secureContext);
  return (waiting) => {
    let giveUp = reach({
      onPhase: waiting.onPhase,
      onBytes: waiting.onBytes,
      ready(under) {
        const socket = openTls({ socket: under });
        under.on('error', (error) => socket.destroy(error));
        socket.on('data', waiting.onBytes);
        waiting.onPhase('tlsMs');
        giveUp = follow(socket, 'secureConnect', () => handshakePhaseOf(socket), waiting);
      },
      failed(error, phase) {
        waiting.failed(error, phase);
      },
    });
    return (reason) => {
      giveUp(reason);
    };
  };
}

/** Opens TLS connections to one endpoint, each of which resumes the session of one before it. */
function makeTlsSessions(
  { ambient, peer: { host, name }, ticketsMax = TICKETS_PER_SECOND_MAX }: ConnectorOptions,
  secureContext: SecureContext,
): (way: ConnectionOptions) => TLSSocket {
  const tls = {
    secureContext,
    // By default it depends on the environment (NODE_TLS_REJECT_UNAUTHORIZED).
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    // RFC 6066: neither an address nor the dot at the end.
    servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
    host,
  };
  let session: Buffer | undefined;
  return (way) => {
    const socket = connectTls({ ...tls, ...way, ...(session === undefined ? {} : { session }) });
    // Of an error after the handshake Node.js only tells: the connection stays, and is read for as long as more comes.
    socket.on('error', () => socket.destroy());
    let tickets = 0;
    let sinceMs = ambient.elapsedMs();
    socket.on('session', (ticket: Buffer) => {
      if (ambient.elapsedMs() - sinceMs >= 1_000) [tickets, sinceMs] = [0, ambient.elapsedMs()];
      tickets += 1;
      if (tickets > ticketsMax) socket.destroy(new ConnectFailure(tooManyTickets(name)));
      // A resumed session is not checked for the host's name again, so only one that passed may be kept.
      if (socket.authorized) session = ticket;
    });
    return socket;
  };
}

function tooManyTickets(name: string): AttemptError {
  return { code: 'tls_failed', message: `${name} sends TLS session tickets without end` };
}

/** Tells of asking for addresses, which a literal one needs not, and of connecting. */
function watchReaching(socket: Socket, { host }: Peer, onPhase: OnPhase): void {
  if (isIP(host) !== 0) {
    onPhase('connectMs');
    return;
  }
  onPhase('dnsMs');
  // Once for each address.
  socket.once('lookup', () => {
    onPhase('connectMs');
  });
}

/** Has whoever waits told of what becomes of a socket. */
function follow(
  socket: Socket,
  readyEvent: 'connect' | 'secureConnect',
  phaseOf: () => ConnectPhase,
  waiting: Waiting,
): (reason: Error) => void {
  const onError = (error: Error): void => {
    // Another error may follow the first, and nobody is interested.
    socket.on('error', () => undefined);
    waiting.failed(error, phaseOf());
  };
  socket.once('error', onError);
  socket.once(readyEvent, () => {
    socket.off('error', onError);
    waiting.ready(socket);
  });
  return (reason) => {
    socket.destroy(reason);
  };
}

/** Node sets the error of the verification before it ends the connection for it; the type has it as always there. */
function handshakePhaseOf(socket: { readonly authorizationError: Error | null | undefined }): ConnectPhase {
  const isRefused = socket.authorizationError !== null && socket.authorizationError !== undefined;
  return isRefused ? 'verifying' : 'handshake';
}
