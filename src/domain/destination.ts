/** One webhook of a destination, identified by its URL: once per destination. */
export interface Endpoint {
  /** The full URL, http or https. */
  readonly url: string;
  /** Static headers of its requests. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a destination tries, and when it stops trying. The defaults are the reference's behaviour. */
export interface DeliveryPolicy {
  /** `any`: the first success of an endpoint finishes the delivery (Webhooks integration, fact 6). */
  readonly success: 'any';
  /** Attempts after the first, 0 to 20 (fact 11: one). */
  readonly retries: number;
  /** Waits between attempts; the last one repeats. */
  readonly backoffMs: readonly number[];
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  /** Attempts in flight, per endpoint. */
  readonly concurrency: number;
}

export const DEFAULT_DELIVERY_POLICY: DeliveryPolicy = {
  success: 'any',
  retries: 1,
  backoffMs: [1_000],
  timeoutMs: 5_000,
  concurrency: 64,
};

/** A configured webhooks integration: where events of its sources go, and how. */
export interface Destination {
  readonly id: string;
  readonly name: string;
  /** Ids of the sources whose events it gets. */
  readonly sources: readonly string[];
  readonly type: 'webhooks';
  readonly enabled: boolean;
  /** One to five. Already the ones that count: `webhooks` when any is set, else the one `webhookUrl` (fact 5). */
  readonly endpoints: readonly Endpoint[];
  /** Signs every request when set. */
  readonly sharedSecret: string | null;
  readonly delivery: DeliveryPolicy;
}

/**
 * The names by which a sender's `integrations` object means this type of destination, current and previous
 * (protocol section 4.3). Case-sensitive.
 */
export const WEBHOOKS_NAMES: readonly string[] = ['Webhooks', 'Webhook', 'Webhooks (Actions)'];

/** Whether two versions of a destination deliver in the same way, so that nothing has to start again. */
export function isSameDestination(one: Destination, other: Destination): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
