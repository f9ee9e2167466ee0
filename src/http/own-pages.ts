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
  const page = URL.parse(origin);
  // `null` is what a page says that has been given no origin, such as one of a file or in a sandbox.
  if (page === null) return false;
  const { publicOrigin } = forwarding;
  const ours = [
    forwarding.originOf(request).host,
    ...(publicOrigin === null ? [] : [publicOrigin.host.split('/', 1)[0]]),
  ];
  return ours.includes(page.host);
}
