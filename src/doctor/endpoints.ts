import { X509Certificate } from 'node:crypto';
import { makeAddressGuard } from '../adapters/webhook/address-guard.ts';
import { type Connect, makeConnect } from '../adapters/webhook/connector.ts';
import type { ConnectFailure } from '../adapters/webhook/exchange-error.ts';
import { peerOf } from '../adapters/webhook/sender.ts';
import { makeTrust } from '../adapters/webhook/trust.ts';
import { proxyOf } from '../adapters/webhook/tunnel.ts';
import type { Config } from '../config/schema.ts';
import { ATTEMPT_ERRORS } from '../domain/attempt.ts';
import type { Destination, EndpointTls } from '../domain/destination.ts';
import { isListenerUrl } from '../domain/listener-url.ts';
import type { Ambient } from '../ports/ambient.ts';
import { timeFinding } from './certificate.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CONNECT_MS = 5_000;
const AT_ONCE = 16;
/** Above that, half of a `delivery.timeoutMs` that nobody has set is gone before a request is sent. */
const SLOW_MS = 2_000;

/** An endpoint as it is connected to. */
interface Asked {
  /** Whose it is. */
  readonly check: string;
  readonly url: string;
  readonly tls: EndpointTls | null;
}

/**
 * Connects to every endpoint that is delivered to, the way that deliveries take: names are resolved, addresses judged,
 * certificates verified. No request is sent.
 */
export async function examineEndpoints(
  { network, alerts }: Pick<Config, 'network' | 'alerts'>,
  destinations: readonly Destination[],
  ambient: Ambient,
): Promise<readonly Finding[]> {
  const enabled = destinations.filter((each) => each.enabled);
  const asked: readonly Asked[] = [
    // Nobody is connected to for a listener.
    ...enabled.flatMap(({ id, endpoints, tls }) =>
      endpoints.filter(({ url }) => !isListenerUrl(url)).map(({ url }) => ({ check: id, url, tls })),
    ),
    ...(alerts.webhookUrl === null ? [] : [{ check: 'alerts', url: alerts.webhookUrl, tls: null }]),
  ];
  const guard = makeAddressGuard(network);
  const trust = makeTrust([]);
  const proxy = network.proxy === null ? null : proxyOf(network.proxy);
  const connect = async ({ check, url, tls }: Asked): Promise<Finding> => {
    const parsed = new URL(url);
    const peer = peerOf(parsed);
    const secureContext = parsed.protocol === 'https:' ? trust(tls) : null;
    const reach = makeConnect({ ambient, guard, peer, proxy, secureContext, timeoutMs: CONNECT_MS });
    const startedAtMs = ambient.elapsedMs();
    const failure = await connectFailure(reach);
    const tookMs = Math.round(ambient.elapsedMs() - startedAtMs);
    const by = proxy === null ? '' : ` by way of the proxy ${proxy.name}`;
    const name = `${parsed.protocol}//${peer.name}`;
    if (failure !== null) return failureFinding(check, name, failure);
    const text = `${name} is reached within ${tookMs} ms${by}`;
    if (tookMs < SLOW_MS) return ok(check, text);
    return warning(check, text, 'that is slow, and counts for delivery.timeoutMs: look at name server and network');
  };
  const found: Finding[] = [];
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    found.push(...(await Promise.all(asked.slice(at, at + AT_ONCE).map(connect))));
  }
  return [...found, ...enabled.flatMap((each) => clientFindings(each, ambient.nowMs()))];
}

async function connectFailure(connect: Connect): Promise<ConnectFailure | null> {
  return new Promise((resolve) => {
    connect({
      onPhase: () => undefined,
      onBytes: () => undefined,
      onSocket: (socket) => {
        socket.destroy();
        resolve(null);
      },
      onFailure: resolve,
    });
  });
}

function failureFinding(check: string, name: string, { attemptError }: ConnectFailure): Finding {
  const { code, message } = attemptError;
  return problem(check, `${name}: ${message} (${code})`, ATTEMPT_ERRORS[code].advice);
}

/** What a destination shows to endpoints that ask who calls ends some day, too. */
function clientFindings({ id, tls }: Destination, nowMs: number): readonly Finding[] {
  if (tls?.client == null) return [];
  const finding = timeFinding(id, new X509Certificate(tls.client.cert), nowMs);
  return finding.state === 'ok' ? [] : [{ ...finding, text: `its client certificate ${finding.text}` }];
}
