import type { Position } from './event.ts';

export const OUTCOMES = ['succeeded', 'failed', 'rejected', 'skipped'] as const;
/**
 * What an attempt meant: `succeeded`; `failed`, another may help; `rejected`, none will; `skipped`, it was never made
 * because another endpoint's success had already finished the delivery, or because its endpoint was held or paused while
 * another one was asked.
 */
export type Outcome = (typeof OUTCOMES)[number];

/**
 * Why an exchange has no status, as an operator reads it, and what to do about it. There is a code for each thing that
 * is done. `docs/webhooks.md` has both, and a test compares the two both ways. `rejected` ones fail the same way
 * however often they are tried.
 */
export const ATTEMPT_ERRORS = {
  timeout: {
    rejected: false,
    meaning: 'no status within the time allowed',
    advice: 'have the endpoint answer first and work afterwards, or raise `delivery.timeoutMs`',
  },
  dns_failed: {
    rejected: false,
    meaning: 'there is no host of that name',
    advice: "check the spelling of the webhook's URL, and that the name is known where Sluice runs",
  },
  dns_unavailable: {
    rejected: false,
    meaning: 'no name server answered',
    advice: 'check the resolver of the machine that Sluice runs on (`/etc/resolv.conf`), and its network',
  },
  connection_refused: {
    rejected: false,
    meaning: 'nothing listens at that address and port',
    advice: "start the endpoint, or correct the port in the webhook's URL",
  },
  connection_reset: {
    rejected: false,
    meaning: 'the connection was closed before a status came',
    advice:
      'look into the log of the endpoint, and of the proxy before it: one of them gave up; or it wants a certificate (`tls.cert`)',
  },
  connection_failed: {
    rejected: false,
    meaning: 'the address could not be reached',
    advice: 'check routes and firewalls between Sluice and the endpoint',
  },
  proxy_failed: {
    rejected: false,
    meaning: 'the proxy did not connect to the endpoint',
    advice: 'check `network.proxy`, and that the proxy lets Sluice `CONNECT` to the address and port of the endpoint',
  },
  tls_failed: {
    rejected: false,
    meaning: 'the TLS handshake failed',
    advice:
      'check that the port speaks HTTPS, TLS 1.2 or later; where it asks for a certificate, set `tls.cert` and `tls.key`',
  },
  tls_untrusted: {
    rejected: true,
    meaning: 'the certificate is of nobody who is trusted here',
    advice: 'have the endpoint send its whole chain; name a private authority in `tls.ca`',
  },
  tls_expired: {
    rejected: true,
    meaning: 'the certificate is not valid today',
    advice: "renew the endpoint's certificate; check the clocks of both machines",
  },
  tls_wrong_host: {
    rejected: true,
    meaning: 'the certificate is for other names',
    advice: "correct the host in the webhook's URL, or give the endpoint a certificate for it",
  },
  address_forbidden: {
    rejected: true,
    meaning: 'the address is not public, or `network.deny` names it',
    advice: 'name it in `network.allow` if it is meant, and take it out of `network.deny`',
  },
  bad_response: {
    rejected: false,
    meaning: 'what came back is not HTTP',
    advice: "check the scheme and the port of the webhook's URL, and what listens there",
  },
  internal: {
    rejected: false,
    meaning: 'Sluice itself could not make the request',
    advice: 'please report it',
  },
  event_erased: {
    rejected: true,
    meaning: 'the event was erased before it could be sent',
    advice: 'nothing is to be done: somebody had the events of its person erased',
  },
  process_crashed: {
    rejected: true,
    meaning: 'the process died each time this event was in flight',
    advice: 'please report it',
  },
} as const satisfies Record<string, AttemptErrorEntry>;

interface AttemptErrorEntry {
  readonly rejected: boolean;
  /** What happened, without a sentence's beginning and end, as `advice`. */
  readonly meaning: string;
  /** What an operator should do. Settings below `tls` are the destination's. */
  readonly advice: string;
}

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
  /**
   * Names and values in turn, as they were to be sent beside those that the connection needs (`Host`, `Connection`,
   * `Content-Length`); values that somebody configured are masked.
   */
  readonly requestHeaders: readonly string[];
  /**
   * Header names in lower case; values of a repeated one joined by commas. Empty without a status. Here and in
   * `excerpt`, values that somebody configured for the request are masked where they come back.
   */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The first KiB of the response's body. */
  readonly excerpt: string;
  /** The body went on beyond the excerpt or past the deadline, or broke off. */
  readonly isCut: boolean;
  readonly timing: ExchangeTiming;
}

/**
 * Where the time of an exchange went, in milliseconds: one phase after the other, the last one until the exchange ended
 * in whatever way. Null for a phase that did not happen, as connecting where a connection was used again.
 */
export interface ExchangeTiming {
  /** Asking for the addresses of the host. */
  readonly dnsMs: number | null;
  /** Reaching one of them; with a proxy, until it has reached it. */
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the first byte of the request to the status. */
  readonly waitMs: number | null;
  /** From the status to the end of what was read of the body. */
  readonly readMs: number | null;
}

export const NOTHING_TIMED: ExchangeTiming = { dnsMs: null, connectMs: null, tlsMs: null, waitMs: null, readMs: null };

/** What an attempt comes to whose event was erased before it could be sent. */
export const WITHHELD: Exchange = {
  status: null,
  error: { code: 'event_erased', message: ATTEMPT_ERRORS.event_erased.meaning },
  durationMs: 0,
  requestHeaders: [],
  responseHeaders: {},
  excerpt: '',
  isCut: false,
  timing: NOTHING_TIMED,
};

/** Any 2xx succeeds; everything else fails and is retried, save what no retry can help. 3xx is never followed. */
export function judge(exchange: Pick<Exchange, 'status' | 'error'>): Exclude<Outcome, 'skipped'> {
  if (exchange.error !== null) return ATTEMPT_ERRORS[exchange.error.code].rejected ? 'rejected' : 'failed';
  const { status } = exchange;
  if (isGone(exchange)) return 'rejected';
  return status !== null && status >= 200 && status <= 299 ? 'succeeded' : 'failed';
}

/** Whether an attempt is something to tell an operator about. */
export function isFailure({ outcome }: Pick<AttemptRecord, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'rejected';
}

/** What went wrong with an attempt, as it is searched for and counted: the code of its error, or `http_<status>`; null where nothing did. */
export function failureCodeOf(
  attempt: Pick<AttemptRecord, 'outcome' | 'errorCode' | 'status'>,
): AttemptErrorCode | `http_${number}` | null {
  if (!isFailure(attempt)) return null;
  return attempt.errorCode ?? `http_${attempt.status ?? 0}`;
}

/** The reason that stands with an endpoint that was paused because it answered 410. */
export const GONE_REASON = 'http_410';

/** Whether the endpoint says that there is nothing any more, and will not be (410): it is paused. */
export function isGone({ status }: Pick<Exchange, 'status'>): boolean {
  return status === 410;
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

/** Statuses of which no part of a body is to blame: credentials, the URL, the method, the hour. */
const ABOUT_THE_ENDPOINT: ReadonlySet<number> = new Set([401, 404, 405, 407, 408, 410, 429]);

/**
 * Whether the answer may blame some of what was sent, so that a part of it would be taken: any 4xx but those that are
 * about the endpoint, whatever it is sent. `403` is among them: firewalls answer it to what they find in a body.
 */
export function blamesContent(status: number | null): boolean {
  return status !== null && status >= 400 && status <= 499 && !ABOUT_THE_ENDPOINT.has(status);
}
