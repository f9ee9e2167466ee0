import type { Ambient } from '../ports/ambient.ts';

/** Where an endpoint of which nothing is known begins. */
export const SLOTS_AT_FIRST = 8;

/**
 * How many attempts at one endpoint may be in flight now: as many as it is seen to take, up to `concurrency`.
 *
 * Each answer adds one, so that the slots of an endpoint that answers double with every round trip, however long that
 * is: an endpoint that is slow and well gets all that the operator allows it. Timeouts halve them, at most once in
 * the time of a timeout, because attempts that were begun together also time out together. After it was held, an
 * endpoint begins with one, so that what waited for it does not come down on it at once.
 */
export class Slots {
  readonly #ambient: Pick<Ambient, 'elapsedMs'>;
  readonly #max: number;
  readonly #timeoutMs: number;
  #count: number;
  #halvedAtMs = -Infinity;

  /**
   * @param max attempts in flight at most, from 1
   * @param timeoutMs of one attempt
   */
  constructor(max: number, timeoutMs: number, ambient: Pick<Ambient, 'elapsedMs'>) {
    this.#ambient = ambient;
    this.#max = max;
    this.#timeoutMs = timeoutMs;
    this.#count = Math.min(max, SLOTS_AT_FIRST);
  }

  /** From 1. */
  get count(): number {
    return this.#count;
  }

  answered(): void {
    if (this.#count < this.#max) this.#count += 1;
  }

  timedOut(): void {
    const nowMs = this.#ambient.elapsedMs();
    if (nowMs - this.#halvedAtMs < this.#timeoutMs) return;
    this.#halvedAtMs = nowMs;
    this.#count = Math.max(1, Math.floor(this.#count / 2));
  }

  beginAnew(): void {
    this.#count = 1;
  }
}
