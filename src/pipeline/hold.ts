import { type Exchange, GONE_REASON, isGone } from '../domain/attempt.ts';
import { type EndpointStanding, type HeldReason, LISTENER_AWAY } from '../domain/endpoint-standing.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import type { Ambient } from '../ports/ambient.ts';
import { CircuitBreaker, signOf } from './circuit-breaker.ts';

const OPEN: EndpointStanding = { state: 'open', reason: null, sinceMs: null };

/** What an attempt is that begins: the first since the endpoint was shut, the `probe` of one that is down, or neither. */
export type Beginning = 'usual' | 'first' | 'probe';

/**
 * Why no attempt at an endpoint may begin, and until when: it is paused, nobody listens, it said so itself with
 * `Retry-After`, or its circuit breaker is open. Holds no timer.
 *
 * Answers with `Retry-After` that come while it is held by one are stragglers, begun before: together they are one
 * failure to the breaker, and the latest moment counts.
 */
export class Hold {
  readonly #ambient: Pick<Ambient, 'elapsedMs' | 'nowMs' | 'chance'>;
  readonly #breaker: CircuitBreaker | null;
  #pausedWith: string | null = null;
  #isAway = false;
  /** The end of what `Retry-After` asked for, by elapsed time. */
  #untilMs = 0;
  #sinceMs = 0;
  /** It was shut, and no attempt has begun since. */
  #comesBack = false;

  constructor(hasBreaker: boolean, ambient: Pick<Ambient, 'elapsedMs' | 'nowMs' | 'chance'>) {
    this.#ambient = ambient;
    this.#breaker = hasBreaker ? new CircuitBreaker(ambient) : null;
  }

  /** From when on an attempt may begin, by elapsed time: 0 is at once, `Infinity` when time alone does not open it. */
  get opensAtMs(): number {
    if (this.#pausedWith !== null || this.#isAway) return Infinity;
    return Math.max(this.#untilMs, this.#breaker?.opensAtMs ?? 0);
  }

  /** From when on the next attempt may begin where attempts are slowed down, not held; 0 is at once. */
  get pacesAtMs(): number {
    return this.#breaker?.pacesAtMs ?? 0;
  }

  /** No attempt may begin now. */
  get isShut(): boolean {
    const { opensAtMs } = this;
    // The clock is only read where it matters: this is asked for every event.
    return opensAtMs > 0 && opensAtMs > this.#ambient.elapsedMs();
  }

  get standing(): EndpointStanding {
    const sinceMs = this.#sinceMs;
    if (this.#pausedWith !== null) return { state: 'paused', reason: this.#pausedWith, sinceMs };
    const reason = this.#heldReason();
    return reason === null ? OPEN : { state: 'held', reason, sinceMs };
  }

  /** The endpoint is down: the attempt that may begin next is the breaker's probe. */
  get isProbing(): boolean {
    return this.#breaker?.isOpen === true;
  }

  /** An attempt begins, as it may. */
  begin(): Beginning {
    const isProbe = this.#breaker?.begin() === true;
    if (!this.#comesBack) return 'usual';
    this.#comesBack = false;
    return isProbe ? 'probe' : 'first';
  }

  /** An attempt ended so. An endpoint that is gone is paused at once, before another attempt is let in. */
  ended(exchange: Exchange, isProbe: boolean): void {
    if (isGone(exchange)) this.pause(GONE_REASON);
    const wasHeld = this.#heldReason() !== null;
    const waitMs = retryAfterMs(exchange.responseHeaders, exchange.status ?? 0, this.#ambient.nowMs()) ?? 0;
    const isStraggler = waitMs > 0 && !isProbe && this.#asksToWait();
    if (waitMs > 0) this.#untilMs = Math.max(this.#untilMs, this.#ambient.elapsedMs() + waitMs);
    if (!isStraggler) this.#breaker?.ended(signOf(exchange), isProbe);
    if (this.#heldReason() === null) return;
    this.#comesBack = true;
    if (!wasHeld && this.#pausedWith === null) this.#sinceMs = this.#ambient.nowMs();
  }

  /** Stops attempts until `resume`. One that is paused stays so for its first reason. */
  pause(reason: string, sinceMs = this.#ambient.nowMs()): void {
    if (this.#pausedWith !== null) return;
    this.#pausedWith = reason;
    this.#comesBack = true;
    this.#sinceMs = sinceMs;
  }

  resume(): void {
    if (this.#pausedWith === null) return;
    this.#pausedWith = null;
    this.#sinceMs = this.#ambient.nowMs();
  }

  /** Nobody is there to take an attempt, or somebody is again. */
  setAway(isAway: boolean): void {
    if (isAway && !this.#isAway && this.#heldReason() === null) this.#sinceMs = this.#ambient.nowMs();
    this.#isAway = isAway;
  }

  #heldReason(): HeldReason | null {
    if (this.#isAway) return LISTENER_AWAY;
    if (this.#breaker?.isOpen === true) return 'circuit_breaker';
    return this.#asksToWait() ? 'retry_after' : null;
  }

  #asksToWait(): boolean {
    return this.#untilMs > 0 && this.#untilMs > this.#ambient.elapsedMs();
  }
}
