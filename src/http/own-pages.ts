import type { IncomingMessage } from 'node:http';
import type { Forwarding } from './client-address.ts';

/**
 * Whether a request was sent by a page of this server, or by no page. A browser says so itself in `Sec-Fetch-Site`,
 * where it does (HTTPS, and this machine), and no proxy changes that; else the host of the `Origin` has to be the one
 * that the request was sent to. Its scheme says nothing: behind a proxy that is not trusted, ours may look like http.
 */
export function isOfOwnPage(
  request: IncomingMessage,
  forwarding: Pick<Forwarding, 'originOf' | 'publicOrigin'>,
): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined) return true;
  const host = URL.parse(origin)?.host;
  const { publicOrigin } = forwarding;
  return host === forwarding.originOf(request).host || host === publicOrigin?.host.replace(/\/.*$/, '');
}
