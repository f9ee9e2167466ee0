import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Forwarding } from './client-address.ts';
import { isHostAllowed } from './host-check.ts';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i;
/** A proxy passed the request on, for somebody else. Those that begin with `x-forwarded-` mean the same. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
];

/**
 * Whether a request comes from this machine, for itself. A loopback peer is not enough: it may be a reverse proxy that
 * passes on anybody's request, or a browser here that runs somebody's page, under a name that was made to resolve to
 * this machine (the `Host` is another) or under its own (the `Origin` is). A trusted proxy here is never taken for this
 * machine, whatever headers it sets: by default nginx sets none, and its own address as the `Host`.
 *
 * Of links, images, scripts and, in older browsers, forms there is no `Origin`. Then what counts is `Sec-Fetch-Site`,
 * which no page can set, and the `Referer` where a browser does not send that either.
 */
export function isLoopback(request: IncomingMessage, forwarding: Pick<Forwarding, 'isProxied'>): boolean {
  const { socket, headers } = request;
  if (forwarding.isProxied(request)) return false;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) return false;
  if (!isHostAllowed(headers.host, LOOPBACK_NAMES)) return false;
  if (!isPageOfThisMachine(headers)) return false;
  return !Object.keys(headers).some((name) => PROXY_HEADERS.includes(name) || name.startsWith('x-forwarded-'));
}

/** Also where no page is behind it, but a program or somebody who typed the address. */
function isPageOfThisMachine({ origin, referer, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (origin !== undefined) return isHostAllowed(URL.parse(origin)?.host, LOOPBACK_NAMES);
  if (site !== undefined) return site === 'same-origin' || site === 'same-site' || site === 'none';
  return referer === undefined || isHostAllowed(URL.parse(referer)?.host, LOOPBACK_NAMES);
}
