import type { Destination, Endpoint } from '../domain/destination.ts';
import { authorizationOf } from '../domain/endpoint-auth.ts';
import type { ReplayId } from '../domain/replay.ts';
import type { WebhookTarget } from '../ports/webhook-sender.ts';

/**
 * What the sender of one endpoint is opened with.
 *
 * @param replay by whose id a receiver knows that it is sent something again; null for what is new
 */
export function webhookTargetOf(
  destination: Destination,
  { url, headers, auth }: Endpoint,
  replay: ReplayId | null,
): WebhookTarget {
  const { sharedSecret, nextSecret, tls, delivery } = destination;
  return {
    url,
    method: delivery.method,
    headers: auth === null ? headers : { ...headers, Authorization: authorizationOf(auth) },
    replay,
    sharedSecret,
    nextSecret,
    tls,
    timeoutMs: delivery.timeoutMs,
  };
}
