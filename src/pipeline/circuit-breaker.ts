import { ATTEMPT_ERRORS, type Exchange } from '../domain/attempt.ts';
import type { Ambient } from '../ports/ambient.ts';

/** What opens a breaker: this long without a sign of life, and this many failures in it. */
export const OPEN_AFTER_MS = 10_000;
export const OPEN_AFTER_FAILURES = 20;
/**
 * Between two attempts once there are that many failures, until it opens or there is a sign of life. An endpoint that
 * refuses at once could else be asked ten thousand times in these 10 s, and each time a delivery loses a retry; at 20 a
 * second it is some 200. More of that, and a burst of events that an endpoint fails on would not be through in time.
 */
export const PACE_MS = 50;
/** For how many failures one that hangs counts: it took a slot for all of its time, and slots get fewer with it. */
const HUNG_COUNTS = 2;
/** The wait before a probe: it doubles with each that fails. Jitter takes off up to a fifth, and never adds. */
export const PROBE_MS_MIN = 5_000;
export const PROBE_MS_MAX = 60_000;
const JITTER = 0.2;

/**
 * What an exchange says of the endpoint: `alive`, it answered, if only to refuse this event; `failed`, it is down or
 * asks for less; `hung`, it did not answer in time; `none`, it was not asked: what is `rejected` before a request is
 * sent, or failed here.
 */
export type Sign = 'alive' | 'failed' | 'hung' | 'none';

export function signOf({ status, error }: Pick<Exchange, 'status' | 'error'>): Sign {
  if (error?.code === 'timeout') return 'hung';
  if (error !== null) return ATTEMPT_ERRORS[error.code].rejected || error.code === 'internal' ? 'none' : 'failed';
  return status === null || status >= 500 || status === 429 ? 'failed' : 'alive';
}

/**
 * Keeps attempts from an endpoint that is down, so that its deliveries wait with their retries unspent.
 *
 *     closed ──10 s without a sign of life, and 20 failures──▶ open ◀──probe failed, wait doubled─┐
 *        ▲                                                      │                                 │
 *        │                                                   its time                             │
 *        │                                                      ▼                                 │
 *        └───────────────────any sign of life─────────────── probing ─────────────────────────────┘
 * - **closed**: attempts are made. The 10 s begin with the first failure after a sign of life, so that a few failures
 *   after a quiet hour open nothing. One that hung counts for two failures: with the usual 5 s an endpoint that hangs
 *   is found out 15 s after it began to, and not when 20 attempts have waited, of which ever fewer are made. From the
 *   20th failure on attempts are made 50 ms apart.
 * - **open**: none is made until `opensAtMs`, 5 s later at first and 60 s at most; then one may begin, and is the probe.
 * - **probing**: the probe is under way, and nothing else begins.
 *
 * What was begun before it opened may end later: a sign of life closes it, a failure is no news. It holds no timer and
 * no event, and nothing of it is stored: a new process finds out again, at the cost of 20 failures.
 */
export class CircuitBreaker {
  readonly #ambient: Pick<Ambient, 'elapsedMs' | 'chance'>;
  #state: 'closed' | 'open' | 'probing' = 'closed';
  /** Since the last sign of life. */
  #failures = 0;
  /** When the first of these was. */
  #failingSinceMs = 0;
  #waitMs = PROBE_MS_MIN;
  #probeAtMs = 0;
  /** When the last attempt began, of those that are made one after the other. */
  #pacedAtMs = -Infinity;

  constructor(ambient: Pick<Ambient, 'elapsedMs' | 'chance'>) {
    this.#ambient = ambient;
  }

  /** It is open, or probing. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** From when on an attempt may begin, by elapsed time: 0 is at once, `Infinity` not before the probe has ended. */
  get opensAtMs(): number {
    if (this.#state === 'closed') return 0;
    return this.#state === 'open' ? this.#probeAtMs : Infinity;
  }

  /** From when on the next attempt may begin while it is closed; 0 is at once. */
  get pacesAtMs(): number {
    return this.#isPacing ? this.#pacedAtMs + PACE_MS : 0;
  }

  /** An attempt begins, `opensAtMs` being past. Answers whether it is the probe. */
  begin(): boolean {
    if (this.#isPacing) this.#pacedAtMs = this.#ambient.elapsedMs();
    if (this.#state === 'closed') return false;
    this.#state = 'probing';
    return true;
  }

  ended(sign: Sign, isProbe: boolean): void {
    if (sign === 'alive') this.#close();
    else if (this.#state === 'closed') this.#count(sign);
    else if (isProbe) {
      // What says nothing of the endpoint is no reason to ask it more rarely.
      if (sign !== 'none') this.#waitMs = Math.min(this.#waitMs * 2, PROBE_MS_MAX);
      this.#open();
    }
  }

  get #isPacing(): boolean {
    return this.#state === 'closed' && this.#failures >= OPEN_AFTER_FAILURES;
  }

  #count(sign: Sign): void {
    if (sign === 'none') return;
    const nowMs = this.#ambient.elapsedMs();
    if (this.#failures === 0) this.#failingSinceMs = nowMs;
    this.#failures += sign === 'hung' ? HUNG_COUNTS : 1;
    if (this.#failures < OPEN_AFTER_FAILURES || nowMs - this.#failingSinceMs < OPEN_AFTER_MS) return;
    this.#waitMs = PROBE_MS_MIN;
    this.#open();
  }

  #open(): void {
    this.#state = 'open';
    this.#probeAtMs = this.#ambient.elapsedMs() + this.#waitMs * (1 - JITTER * this.#ambient.chance());
  }

  #close(): void {
    this.#state = 'closed';
    this.#failures = 0;
  }
}
