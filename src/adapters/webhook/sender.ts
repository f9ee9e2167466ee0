import { type Exchange, NOTHING_TIMED } from '../../domain/attempt.ts';
import type { AddressPolicy } from '../../domain/address-policy.ts';
import { endpointUrlProblem } from '../../domain/endpoint-url.ts';
import { assert } from '../../lib/assert.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { OpenWebhookSender, WebhookSender, WebhookTarget } from '../../ports/webhook-sender.ts';
import { type AddressGuard, makeAddressGuard, type Resolver } from './address-guard.ts';
import { Connections } from './connections.ts';
import { makeConnect } from './connector.ts';
import { Deadlines, Expiries } from './deadlines.ts';
import { makeEchoMask } from './echoes.ts';
import type { Peer } from './exchange-error.ts';
import { RunningExchange } from './exchange.ts';
import { makeRenderer } from './request.ts';
import { HeadReader } from './response-head.ts';
import { makeTrust, type Trust } from './trust.ts';
import { type Proxy, proxyOf } from './tunnel.ts';
import { TurnOfWrites } from './turn-of-writes.ts';

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
  const shared = { expiries: new Expiries(ambient), writes: new TurnOfWrites(ambient) };
  return (target) => openSender(target, { ...shared, ambient, guard, proxy, trust, version });
}

interface Shared {
  readonly ambient: Ambient;
  readonly expiries: Expiries;
  readonly writes: TurnOfWrites;
  readonly guard: AddressGuard;
  readonly proxy: Proxy | null;
  readonly trust: Trust;
  readonly version: string;
}

function openSender(target: WebhookTarget, shared: Shared): WebhookSender {
  assert(endpointUrlProblem(target.url) === null, 'an endpoint has a URL that the configuration would take');
  const url = new URL(target.url);
  const { ambient, expiries, writes, guard, proxy, trust, version } = shared;
  const { timeoutMs, tls, headers } = target;
  const peer = peerOf(url);
  const secureContext = url.protocol === 'https:' ? trust(tls) : null;
  const connect = makeConnect({ ambient, guard, peer, proxy, secureContext, timeoutMs });
  const connections = new Connections({ connect, heads: new HeadReader(), writes }, ambient);
  const deadlines = new Deadlines(timeoutMs, ambient, expiries);
  const render = makeRenderer(target, url, version);
  const options = { ambient, deadlines, timeoutMs, peer, withoutEchoes: makeEchoMask(headers) };

  // Not async, since each function that is costs every attempt a promise.
  // eslint-disable-next-line @typescript-eslint/promise-function-async
  const send: WebhookSender['send'] = (request) => {
    const rendered = render(request);
    if (rendered === null) return unmade('the request could not be made: its id cannot be written');
    const connection = connections.take();
    if (connection === null) return closedBefore();
    const exchange = new RunningExchange(options, rendered.shownHeaders, (isInOrder) => {
      if (isInOrder) connections.giveBack(connection);
      else connection.end();
    });
    connection.begin(rendered, exchange);
    return exchange.result;
  };
  return {
    send,
    close: async () => {
      await connections.close();
      deadlines.close();
    },
  };
}

/** What comes of a request to a sender that is closed. */
export async function closedBefore(): Promise<Exchange> {
  return unmade('its sender was closed before the request');
}

async function unmade(message: string): Promise<Exchange> {
  return Promise.resolve({
    ...{ status: null, error: { code: 'internal', message }, durationMs: 0, timing: NOTHING_TIMED },
    ...{ requestHeaders: [], responseHeaders: {}, excerpt: '', isCut: false },
  });
}

/** Who is connected to for a URL. */
export function peerOf({ protocol, hostname, port: given }: URL): Peer {
  const port = given === '' ? (protocol === 'https:' ? 443 : 80) : Number(given);
  return { name: `${hostname}:${port}`, host: hostname.replace(/^\[|\]$/g, ''), port };
}
