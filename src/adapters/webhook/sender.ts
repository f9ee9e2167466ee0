import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Client } from 'undici';
import { headerProblem } from '../../domain/endpoint-headers.ts';
import { endpointUrlProblem } from '../../domain/endpoint-url.ts';
import { responseHeaderBytesMax } from '../../domain/limits.ts';
import { assert } from '../../lib/assert.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { OpenWebhookSender, WebhookSender, WebhookTarget } from '../../ports/webhook-sender.ts';
import { makeAddressGuard, type AddressGuard } from './address-guard.ts';
import { Connections } from './connections.ts';
import { makeConnector } from './connector.ts';
import type { Peer } from './exchange-error.ts';
import { RunningExchange } from './exchange.ts';
import { makeSigner } from './signature.ts';

export interface WebhookSenderOptions {
  readonly ambient: Ambient;
  readonly network: {
    /** Addresses and CIDR ranges that may be connected to although they are not public. */
    readonly allow: readonly string[];
  };
  /** Our version, for `User-Agent`. */
  readonly version: string;
  /** Certificates (PEM) of authorities to trust besides the process's own. */
  readonly ca?: readonly string[];
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
export function makeOpenWebhookSender({ ambient, network, version, ca = [] }: WebhookSenderOptions): OpenWebhookSender {
  const guard = makeAddressGuard(network.allow);
  const secureContext = once(() =>
    createSecureContext(ca.length === 0 ? {} : { ca: [...getCACertificates('default'), ...ca] }),
  );
  return (target) => openSender(target, { ambient, guard, secureContext, version });
}

interface Shared {
  readonly ambient: Ambient;
  readonly guard: AddressGuard;
  readonly version: string;
  readonly secureContext: () => SecureContext;
}

function openSender(target: WebhookTarget, { ambient, guard, secureContext, version }: Shared): WebhookSender {
  assert(endpointUrlProblem(target.url) === null, 'an endpoint has a URL that the configuration would take');
  const url = new URL(target.url);
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const { timeoutMs } = target;
  const peer = peerOf(url, port);
  const clientOptions: Client.Options = {
    connect: makeConnector({
      ambient,
      guard,
      peer,
      port,
      secureContext: isSecure ? secureContext() : null,
      timeoutMs,
    }),
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS_MAX,
    maxHeaderSize: responseHeaderBytesMax,
    // One deadline for the whole, kept by the exchange, instead of undici's own for its parts.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connections = new Connections(() => new Client(url.origin, clientOptions));
  const signer = makeSigner(target.sharedSecret);
  const fixedHeaders = fixedHeadersOf(target.headers, version);
  const path = `${url.pathname}${url.search}`;
  return {
    async send({ id, body, atMs }) {
      const client = connections.take();
      const exchange = new RunningExchange(ambient, timeoutMs, peer, (isInOrder) => {
        if (client === null) return;
        if (isInOrder) connections.giveBack(client);
        else connections.drop(client);
      });
      const bytes = Buffer.from(body);
      const headers = [...fixedHeaders, ...signer.headersOf(id, atMs, bytes)];
      if (client === null) exchange.fail({ code: 'internal', message: 'its sender was closed before the request' });
      else client.dispatch({ method: 'POST', path, headers, body: bytes }, exchange);
      return exchange.result;
    },
    close: async () => connections.close(),
  };
}

/** What every request carries, names and values in turn. `Content-Length` and `Host` are undici's. */
function fixedHeadersOf(headers: Readonly<Record<string, string>>, version: string): readonly string[] {
  const given = Object.entries(headers);
  for (const [name, value] of given) {
    assert(headerProblem(name, value) === null, 'an endpoint has headers that the configuration would take');
  }
  const hasUserAgent = given.some(([name]) => name.toLowerCase() === 'user-agent');
  return [
    ...(hasUserAgent ? [] : ['User-Agent', `Segment/1.0 (Sluice/${version})`]),
    'Content-Type',
    'application/json',
    ...given.flat(),
  ];
}

function peerOf(url: URL, port: number): Peer {
  return { name: `${url.hostname}:${port}`, host: url.hostname.replace(/^\[|\]$/g, '') };
}

/** The authorities of the process are many: they are read when the first endpoint needs them. */
function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}
