import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { getBuiltinModule } from 'node:process';
import type { AttemptError } from '../../domain/attempt.ts';
import type { AddressGuard } from './address-guard.ts';
import { ConnectFailure, type Peer } from './exchange-error.ts';
import type { Open, Waiting } from './opening.ts';

/** An HTTP proxy that the operator named, and so may be at any address. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** As error sentences name it. */
  readonly name: string;
  /** The `Proxy-Authorization` header; null for none. */
  readonly authorization: string | null;
}

/** @param url `http://host:port`, with user name and password where the proxy wants them; checked by the configuration */
export function proxyOf(url: string): Proxy {
  const { hostname, port, username, password } = new URL(url);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 80 : Number(port),
    name: `${hostname}:${port === '' ? 80 : port}`,
    authorization: username === '' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

const { Agent, request: httpRequest } = getBuiltinModule('node:http');

/** As for connections without a proxy. */
const KEEP_ALIVE_MS = 60_000;

/** Addresses of a name that a proxy is asked for, at most: each costs it a connection that may take its time. */
const ADDRESSES_MAX = 4;

/**
 * Reaches an endpoint through a proxy, over plain HTTP too: by `CONNECT`, and to an address that was resolved and judged
 * here, and hands over a connection that nobody reads yet. The proxy is told no name, so it cannot be had to connect to anything that the guard would not dial. The
 * addresses of a name are tried one after the other.
 */
export function makeTunnel({
  proxy,
  guard,
  peer,
}: {
  readonly proxy: Proxy;
  readonly guard: AddressGuard;
  readonly peer: Peer;
}): Open {
  return (waiting) => {
    let asked: ClientRequest | null = null;
    let givenUp: Error | null = null;
    const tryEach = ([address = '', ...others]: readonly string[]): void => {
      asked = ask(proxy, `${isIP(address) === 6 ? `[${address}]` : address}:${peer.port}`, {
        ready: waiting.ready,
        refused(error) {
          if (others.length > 0 && givenUp === null) tryEach(others);
          else waiting.failed(givenUp ?? new ConnectFailure(error), 'reaching');
        },
      });
    };
    resolve(guard, peer.host, waiting, (error, addresses) => {
      if (givenUp !== null) return;
      if (error !== null) {
        waiting.failed(error, 'reaching');
        return;
      }
      waiting.onPhase('connectMs');
      tryEach(addresses.slice(0, ADDRESSES_MAX));
    });
    return (reason) => {
      givenUp = reason;
      if (asked === null) waiting.failed(reason, 'reaching');
      else asked.destroy(reason);
    };
  };
}

/** Answers with at least one address that may be connected to. */
function resolve(
  guard: AddressGuard,
  host: string,
  { onPhase }: Waiting,
  answer: (error: Error | null, addresses: readonly string[]) => void,
): void {
  if (isIP(host) !== 0) {
    answer(null, [host]);
    return;
  }
  onPhase('dnsMs');
  guard.lookup(host, { all: true }, (error, found) => {
    answer(error, typeof found === 'string' ? [found] : found.map(({ address }) => address));
  });
}

interface Answer {
  readonly ready: (socket: Socket) => void;
  readonly refused: (error: AttemptError) => void;
}

/** Asks the proxy for a connection to one address. Answers once. */
function ask(proxy: Proxy, authority: string, answer: Answer): ClientRequest {
  const { host, port, authorization } = proxy;
  const request = httpRequest({
    method: 'CONNECT',
    host,
    port,
    path: authority,
    headers: {
      Host: authority,
      Connection: 'keep-alive',
      ...(authorization === null ? {} : { 'Proxy-Authorization': authorization }),
    },
    // One of its own, which does not ask the environment for a way to the proxy.
    agent: new Agent(),
  });
  request.once('connect', (response: IncomingMessage, socket: Socket, early: Buffer) => {
    const reason = refusalOf(response.statusCode ?? 0, early.length);
    if (reason === null) {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      answer.ready(socket);
      return;
    }
    socket.destroy();
    answer.refused(failure(proxy, `did not connect to ${authority}: ${reason}`));
  });
  request.once('error', (error) => {
    const code = 'code' in error ? String(error.code) : error.name;
    request.on('error', () => undefined);
    answer.refused(failure(proxy, `cannot be used: ${REASONS[code] ?? code}`));
  });
  request.end();
  return request;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  ECONNRESET: 'it closed the connection',
};

/** Why there is no tunnel, or null when there is one. */
function refusalOf(status: number, earlyBytes: number): string | null {
  if (status === 407) return 'it answered 407 and wants other credentials than network.proxy has';
  if (status === 403 || status === 405) return `it answered ${status}; have it allow CONNECT to that address and port`;
  if (status < 200 || status > 299) return `it answered ${status}`;
  // Whatever comes before anything was sent is not from the endpoint, or not meant for us.
  return earlyBytes > 0 ? 'it sent something of its own behind its answer' : null;
}

function failure({ name }: Proxy, what: string): AttemptError {
  return { code: 'proxy_failed', message: `the proxy ${name} ${what}` };
}
