import { Client } from 'undici';
import type { AddressPolicy } from '../../domain/address-policy.ts';
import { endpointUrlProblem } from '../../domain/endpoint-url.ts';
import { responseHeaderBytesMax } from '../../domain/limits.ts';
import { maskedHeaders } from '../../domain/masked.ts';
import { assert } from '../../lib/assert.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { OpenWebhookSender, WebhookSender, WebhookTarget } from '../../ports/webhook-sender.ts';
import { type AddressGuard, makeAddressGuard, type Resolver } from './address-guard.ts';
import { Connection, Connections } from './connections.ts';
import { makeConnector } from './connector.ts';
import { Deadlines } from './deadlines.ts';
import { makeEchoMask } from './echoes.ts';
import type { Peer } from './exchange-error.ts';
import { RunningExchange } from './exchange.ts';
import { fixedHeadersOf } from './request-headers.ts';
import { makeSigner } from './signature.ts';
import { makeTrust, type Trust } from './trust.ts';
import { type Proxy, proxyOf } from './tunnel.ts';

export interface WebhookSenderOptions {
  readonly ambient: Ambient;
  readonly network: NetworkPolicy;
  /** Our version, for `User-Agent`. */
  readonly version: string;
  /** Certificates (PEM) of authorities to trust besides the process's own. */
  readonly ca?: readonly string[];
  /** How names are resolved; as this machine does where it is not given. */
  readonly resolver?: Resolver;
}

/** Where requests may go, and by what way. */
export interface NetworkPolicy extends AddressPolicy {
  /** The URL of the HTTP proxy that every request goes through; null for none. The environment names none. */
  readonly proxy: string | null;
}

/** A connection that idles longer is closed, unless the receiver says with `Keep-Alive: timeout` how long it waits. */
const IDLE_MS = 4_000; // below the 5 s of Node's own server, the shortest of the common ones
const IDLE_MS_MAX = 60_000;

/**
 * The sender of webhook requests over HTTP/1.1, with connections that are used again.
 *
 * A request whose connection breaks is never sent again from here, not even when the connection had been idle: the
 * receiver may have acted on it. The lane retries, and counts it.
 */
export function makeOpenWebhookSender({
  ambient,
  network,
  version,
  ca = [],
  resolver,
}: WebhookSenderOptions): OpenWebhookSender {
  const guard = makeAddressGuard(network, resolver);
  const proxy = network.proxy === null ? null : proxyOf(network.proxy);
  const trust = makeTrust(ca);
  const deadlines = new Deadlines(ambient);
  return (target) => openSender(target, { ambient, deadlines, guard, proxy, trust, version });
}

interface Shared {
  readonly ambient: Ambient;
  readonly deadlines: Deadlines;
  readonly guard: AddressGuard;
  readonly proxy: Proxy | null;
  readonly trust: Trust;
  readonly version: string;
}

function openSender(target: WebhookTarget, shared: Shared): WebhookSender {
  assert(endpointUrlProblem(target.url) === null, 'an endpoint has a URL that the configuration would take');
  const url = new URL(target.url);
  const peer = peerOf(url);
  const { ambient, deadlines } = shared;
  const { method, timeoutMs } = target;
  const connections = new Connections(makeOpenConnection(target, url, peer, shared));
  const signer = makeSigner(target);
  const fixedHeaders = fixedHeadersOf(target, shared.version);
  const shownHeaders = fixedHeadersOf({ ...target, headers: maskedHeaders(target.headers) }, shared.version);
  const withoutEchoes = makeEchoMask(target.headers);
  const path = `${url.pathname}${url.search}`;
  return {
    async send({ id, body, atMs }) {
      const connection = connections.take();
      const exchange = new RunningExchange({ ambient, deadlines, timeoutMs, peer }, (isInOrder) => {
        if (connection === null) return;
        if (isInOrder) connections.giveBack(connection);
        else connections.drop(connection);
      });
      if (connection === null) {
        exchange.fail({ code: 'internal', message: 'its sender was closed before the request' });
        return exchange.result;
      }
      connection.begin(exchange);
      const bytes = Buffer.from(body);
      const own = signer.headersOf(id, atMs, bytes);
      exchange.sends([...shownHeaders, ...own]);
      const headers = [...fixedHeaders, ...own];
      connection.client.dispatch({ method, path, headers, body: bytes }, exchange);
      return withoutEchoes(await exchange.result);
    },
    close: async () => connections.close(),
  };
}

function makeOpenConnection(
  { timeoutMs, tls }: WebhookTarget,
  url: URL,
  peer: Peer,
  { ambient, guard, proxy, trust }: Shared,
): () => Connection {
  const secureContext = url.protocol === 'https:' ? trust(tls) : null;
  const makeConnect = makeConnector({ ambient, guard, peer, proxy, secureContext, timeoutMs });
  return () =>
    new Connection((watcher) => new Client(url.origin, { ...CLIENT_OPTIONS, connect: makeConnect(watcher) }));
}

const CLIENT_OPTIONS: Client.Options = {
  allowH2: false,
  pipelining: 1,
  keepAliveTimeout: IDLE_MS,
  keepAliveMaxTimeout: IDLE_MS_MAX,
  maxHeaderSize: responseHeaderBytesMax,
  // One deadline for the whole, kept by the exchange, instead of undici's own for its parts.
  headersTimeout: 0,
  bodyTimeout: 0,
};

/** Who is connected to for a URL. */
export function peerOf({ protocol, hostname, port: given }: URL): Peer {
  const port = given === '' ? (protocol === 'https:' ? 443 : 80) : Number(given);
  return { name: `${hostname}:${port}`, host: hostname.replace(/^\[|\]$/g, ''), port };
}
