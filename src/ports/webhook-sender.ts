import type { Exchange } from '../domain/attempt.ts';
import type { DeliveryMethod, EndpointTls } from '../domain/destination.ts';

/**
 * Sends requests to one endpoint. Open one per endpoint and settings: what never changes between requests (headers,
 * keys, connections) is prepared once.
 *
 * Every implementation promises, and `test/conformance/webhook-sender.suite.ts` checks:
 *
 * 1. **Sent as given.** The request's body is `body` in UTF-8, byte for byte, and the signatures are over these bytes.
 * 2. **It always ends**, within `timeoutMs` of the call, whatever the other side does, with memory bounded.
 * 3. **Never throws**: whatever goes wrong is an exchange with an error.
 * 4. **No redirect is followed, no forbidden address connected to, nothing sent to a certificate that does not verify.**
 * 5. **Secrets stay in.** The values of static headers are masked in what is told of the request, and in what an endpoint
 *    sends back of it.
 */
export interface WebhookSender {
  send(request: WebhookRequest): Promise<Exchange>;
  /** Ends idle connections, and those in use as they fall idle. */
  close(): Promise<void>;
}

export type OpenWebhookSender = (target: WebhookTarget) => WebhookSender;

export interface WebhookTarget {
  readonly url: string;
  readonly method: DeliveryMethod;
  /** Static headers, names as configured, and the one that authenticates. May replace `User-Agent`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The id of the replay that sends it all again: the `X-Sluice-Replay` header. Null: there is none. */
  readonly replay: string | null;
  readonly sharedSecret: string | null;
  /** While the secret is being rotated: the one that follows. Requests are signed with both. Null otherwise, and without a `sharedSecret`. */
  readonly nextSecret: string | null;
  /** Whom to trust besides the process's authorities, and as whom to come. Meets no plain HTTP. */
  readonly tls: EndpointTls | null;
  /** For the whole exchange: connecting, sending, waiting and reading. */
  readonly timeoutMs: number;
}

export interface WebhookRequest {
  /** The `webhook-id` header: stays the same over retries. */
  readonly id: string;
  readonly body: string;
  /** When this attempt is made: the `webhook-timestamp`. */
  readonly atMs: number;
}
