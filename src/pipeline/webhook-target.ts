import type { Destination, Endpoint } from '../domain/destination.ts';
import { authorizationOf } from '../domain/endpoint-auth.ts';
import type { WebhookTarget } from '../ports/webhook-sender.ts';

/** What the sender of one endpoint is opened with. */
export function webhookTargetOf(destination: Destination, { url, headers, auth }: Endpoint): WebhookTarget {
  const { sharedSecret, nextSecret, tls, delivery } = destination;
  return {
    url,
    method: delivery.method,
    headers: auth === null ? headers : { ...headers, Authorization: authorizationOf(auth) },
    sharedSecret,
    nextSecret,
    tls,
    timeoutMs: delivery.timeoutMs,
  };
}
