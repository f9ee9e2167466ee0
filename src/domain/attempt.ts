import type { Position } from './event.ts';

export const OUTCOMES = ['succeeded', 'failed', 'rejected', 'skipped'] as const;
/**
 * What an attempt meant: `succeeded`; `failed`, another may help; `rejected`, none will; `skipped`, it was never made
 * because another endpoint's success had already finished the delivery.
 */
export type Outcome = (typeof OUTCOMES)[number];

/**
 * Why an exchange has no status, as an operator reads it. `docs/webhooks.md` explains each, and a test compares the
 * two both ways. `rejected` ones fail the same way however often they are tried.
 */
export const ATTEMPT_ERRORS = {
  timeout: { rejected: false, meaning: 'no status within the time allowed' },
  dns_failed: { rejected: false, meaning: 'the host name does not resolve' },
  connection_refused: { rejected: false, meaning: 'nothing listens at that address and port' },
  connection_reset: { rejected: false, meaning: 'the connection was closed before a status came' },
  connection_failed: { rejected: false, meaning: 'the address could not be reached' },
  tls_failed: { rejected: false, meaning: 'the TLS handshake failed' },
  tls_untrusted: { rejected: true, meaning: 'the certificate does not verify; no request was sent' },
  address_forbidden: { rejected: true, meaning: 'the address is not public and network.allow does not name it' },
  bad_response: { rejected: false, meaning: 'what came back is not HTTP' },
  internal: { rejected: false, meaning: 'Sluice itself could not make the request' },
  process_crashed: { rejected: true, meaning: 'the process died each time this event was in flight' },
} as const satisfies Record<string, { readonly rejected: boolean; readonly meaning: string }>;
export type AttemptErrorCode = keyof typeof ATTEMPT_ERRORS;

export interface AttemptError {
  readonly code: AttemptErrorCode;
  /** A sentence for an operator: what happened, and the way out where there is one. No secrets. */
  readonly message: string;
}

/**
 * What came back of one request: a status, or the error in its stead. When status and headers came in time, the status
 * decides, whatever becomes of the body after them.
 */
export interface Exchange {
  readonly status: number | null;
  readonly error: AttemptError | null;
  readonly durationMs: number;
  /** Header names in lower case; values of a repeated one joined by commas. Empty without a status. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The first KiB of the response's body. */
  readonly excerpt: string;
  /** The body went on beyond the excerpt or past the deadline, or broke off. */
  readonly isCut: boolean;
}

/** Any 2xx succeeds; everything else fails and is retried, save what no retry can help. 3xx is never followed. */
export function judge(exchange: Pick<Exchange, 'status' | 'error'>): Exclude<Outcome, 'skipped'> {
  if (exchange.error !== null) return ATTEMPT_ERRORS[exchange.error.code].rejected ? 'rejected' : 'failed';
  const { status } = exchange;
  return status !== null && status >= 200 && status <= 299 ? 'succeeded' : 'failed';
}

/**
 * One HTTP exchange with one endpoint, as it is kept: known by lane, position, endpoint, number and time, so it needs no id
 * (a delivery that is retried by hand counts from 1 again).
 * Never changes once written. A batch's carries many positions.
 */
export interface AttemptRecord {
  readonly positions: readonly Position[];
  /** The endpoint's URL. */
  readonly endpoint: string;
  /** From 1. */
  readonly number: number;
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly errorCode: AttemptErrorCode | null;
  /** Headers, excerpt and error sentence as JSON, encoded once; null where they are not kept (a plain success). */
  readonly exchange: string | null;
}
