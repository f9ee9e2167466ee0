import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Ambient } from '../../ports/ambient.ts';
import type { AddressGuard } from './address-guard.ts';
import { connectErrorOf, ConnectFailure, noConnectionWithin, type ConnectPhase, type Peer } from './exchange-error.ts';

/** What connections to one endpoint have in common. */
export interface ConnectorOptions {
  readonly ambient: Ambient;
  readonly guard: AddressGuard;
  readonly peer: Peer;
  readonly port: number;
  /** Whom to trust; null for plain HTTP. */
  readonly secureContext: SecureContext | null;
  /** A connection that takes longer is given up: by then nobody waits for it. */
  readonly timeoutMs: number;
}

/** Before the next address of a name is tried: longer than the way to the other side of the Earth and back. */
const NEXT_ADDRESS_MS = 500;

/**
 * Connects for undici: only to addresses that the guard lets through, and over TLS only to who proves to be the host.
 * Fails with a `ConnectFailure`.
 */
export function makeConnector(options: ConnectorOptions): buildConnector.connector {
  const { ambient, guard, peer, timeoutMs } = options;
  const open = options.secureContext === null ? makeTcpOpener(options) : makeTlsOpener(options, options.secureContext);
  return (_asked, callback) => {
    const forbidden = guard.problemOf(peer.host);
    if (forbidden !== null) {
      // undici expects no answer before it has asked.
      ambient.soon(() => {
        callback(new ConnectFailure({ code: 'address_forbidden', message: forbidden }), null);
      });
      return;
    }
    const opening = open();
    const { socket } = opening;
    const deadline = ambient.after(timeoutMs, () => {
      socket.destroy(new ConnectFailure(noConnectionWithin(timeoutMs, peer)));
    });
    socket.setNoDelay(true);
    socket.once(opening.readyEvent, () => {
      deadline.cancel();
      socket.off('error', onError);
      callback(null, socket);
    });
    const onError = (error: Error): void => {
      deadline.cancel();
      // Another error may follow the first, and nobody is interested.
      socket.on('error', () => undefined);
      const failure =
        error instanceof ConnectFailure ? error : new ConnectFailure(connectErrorOf(error, opening.phase(), peer));
      callback(failure, null);
    };
    socket.once('error', onError);
  };
}

interface Opening {
  readonly socket: Socket;
  readonly readyEvent: 'connect' | 'secureConnect';
  phase(): ConnectPhase;
}

function tcpOptionsOf({ guard, peer, port }: ConnectorOptions): TcpNetConnectOpts {
  return {
    host: peer.host,
    port,
    lookup: guard.lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  };
}

function makeTcpOpener(options: ConnectorOptions): () => Opening {
  const tcp = tcpOptionsOf(options);
  return () => ({ socket: connectTcp(tcp), readyEvent: 'connect', phase: () => 'reaching' });
}

function makeTlsOpener(options: ConnectorOptions, secureContext: SecureContext): () => Opening {
  const { host } = options.peer;
  const tls = {
    ...tcpOptionsOf(options),
    secureContext,
    // By default it depends on the environment (NODE_TLS_REJECT_UNAUTHORIZED).
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    // RFC 6066: neither an address nor the dot at the end.
    servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
  };
  let session: Buffer | undefined;
  return () => {
    const socket = connectTls(session === undefined ? tls : { ...tls, session });
    let isReached = false;
    socket.once('connect', () => {
      isReached = true;
    });
    socket.on('session', (ticket: Buffer) => {
      // A resumed session is not checked for the host's name again, so only one that passed may be kept.
      if (socket.authorized) session = ticket;
    });
    return {
      socket,
      readyEvent: 'secureConnect',
      phase: () => (isRefused(socket) ? 'verifying' : isReached ? 'handshake' : 'reaching'),
    };
  };
}

/** Node sets the error of the verification before it ends the connection for it; the type has it as always there. */
function isRefused(socket: { readonly authorizationError: Error | null | undefined }): boolean {
  return socket.authorizationError !== null && socket.authorizationError !== undefined;
}
