import type { Backoff } from './backoff.ts';
import type { EndpointAuth } from './endpoint-auth.ts';
import type { Filter } from './filter.ts';
import type { Origin } from './origin.ts';
import type { Secrets } from './secret-rotation.ts';

/** How the requests of a destination go over TLS, all in PEM. */
export interface EndpointTls {
  /** Authorities that are trusted besides the process's own, by this destination alone; null for none. */
  readonly ca: string | null;
  /** What its requests present to endpoints that ask who calls, with its chain; null for nothing. */
  readonly client: { readonly cert: string; readonly key: string } | null;
}

/** One webhook of a destination, identified by its URL: once per destination. */
export interface Endpoint {
  /** The full URL, http or https. */
  readonly url: string;
  /** Static headers of its requests. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as its `Authorization` header; null for none. All of it is a secret. */
  readonly auth: EndpointAuth | null;
}

/** What a request can be. The reference posts. */
export const DELIVERY_METHODS = ['POST', 'PUT', 'PATCH'] as const;
export type DeliveryMethod = (typeof DELIVERY_METHODS)[number];

/** How many of a destination's endpoints must take an event. */
export const SUCCESS_RULES = ['any', 'every'] as const;
export type SuccessRule = (typeof SUCCESS_RULES)[number];

/** Whether events of one user go out one after the other, as they were accepted. */
export const ORDERS = ['none', 'user'] as const;
export type Order = (typeof ORDERS)[number];

/** Of which successes an operator can see the request and the response; of failures always. */
export const HISTORIES = ['sampled', 'all'] as const;
export type History = (typeof HISTORIES)[number];

/** How many events go out in one request: as many as come within a time, up to a number and a size. */
export interface BatchPolicy {
  readonly maxEvents: number;
  /** Of the request's body in UTF-8, brackets and commas included. An event that is larger goes alone. */
  readonly maxBytes: number;
  /** How long the first event of a batch waits for company. */
  readonly maxWaitMs: number;
}

/** How a destination tries, and when it stops trying. The defaults are the reference's behaviour. */
export interface DeliveryPolicy {
  /**
   * `any`: the first success of an endpoint finishes the delivery (Webhooks integration, fact 6). `every`: each endpoint
   * has a delivery of its own.
   */
  readonly success: SuccessRule;
  /** Attempts after the first, 0 to 20 (fact 11: one). */
  readonly retries: number;
  readonly backoffMs: Backoff;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  /** Attempts in flight, per endpoint. */
  readonly concurrency: number;
  /** Attempts that begin in a second, per endpoint; null for no limit. */
  readonly rateLimitPerSecond: number | null;
  /** Whether endpoints that are down are held, instead of spending attempts on them. */
  readonly circuitBreaker: boolean;
  /**
   * `user`: of each user at most one delivery is under way, retries included, and later ones follow when it was
   * delivered or is dead. Events without a user are in no order.
   */
  readonly order: Order;
  /** `sampled`: of one success a minute at each endpoint. */
  readonly history: History;
  /** Null: each event has a request of its own. */
  readonly batch: BatchPolicy | null;
  /** Alias events carry the reference's two labelled keys as well. */
  readonly aliasLabels: boolean;
  /** Which events of its sources it gets; all, where it is empty. */
  readonly filter: Filter;
  readonly method: DeliveryMethod;
}

export const DEFAULT_DELIVERY_POLICY: DeliveryPolicy = {
  success: 'any',
  retries: 1,
  backoffMs: [1_000],
  timeoutMs: 5_000,
  concurrency: 64,
  rateLimitPerSecond: null,
  circuitBreaker: true,
  order: 'none',
  history: 'sampled',
  batch: null,
  aliasLabels: false,
  filter: {},
  method: 'POST',
};

/** What a destination with batches has where it says nothing else: as much as a library sends at once, and a second. */
export const DEFAULT_BATCH_POLICY: BatchPolicy = { maxEvents: 100, maxBytes: 512_000, maxWaitMs: 1_000 };

/** A configured webhooks integration: where events of its sources go, and how. */
export interface Destination extends Secrets {
  readonly id: string;
  readonly name: string;
  /** Ids of the sources whose events it gets. */
  readonly sources: readonly string[];
  readonly type: 'webhooks';
  readonly enabled: boolean;
  /** One to five. Already the ones that count: `webhooks` when any is set, else the one `webhookUrl` (fact 5). */
  readonly endpoints: readonly Endpoint[];
  /**
   * What `webhookUrl` and its `auth` say, kept also while `webhooks` stand in its place; null where they say nothing. It
   * has no static headers.
   */
  readonly basic: Endpoint | null;
  /** Whom its requests trust, and as whom they come; null for the process's authorities alone. */
  readonly tls: EndpointTls | null;
  readonly delivery: DeliveryPolicy;
  readonly origin: Origin;
}

/**
 * The names by which a sender's `integrations` object means this type of destination, current and previous
 * (protocol section 4.3). Case-sensitive.
 */
export const WEBHOOKS_NAMES: readonly string[] = ['Webhooks', 'Webhook', 'Webhooks (Actions)'];
