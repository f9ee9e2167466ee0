import type { Ambient } from '../ports/ambient.ts';

/**
 * The clock by which parked deliveries fall due: the wall clock, except that it never goes back. When an operator or
 * NTP sets the wall clock back by an hour, this one goes on from where it was, so that a retry which was to come in a
 * second comes in a second; it meets the wall clock again when that has caught up, or at the next start. Set forward,
 * it follows: what is due by then is tried early, once.
 *
 * One for all lanes, because they compare times that the others wrote.
 */
export class DueClock {
  readonly #ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>;
  #lastMs: number;
  #lastElapsedMs: number;

  constructor(ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>) {
    this.#ambient = ambient;
    this.#lastMs = ambient.nowMs();
    this.#lastElapsedMs = ambient.elapsedMs();
  }

  /** Milliseconds since 1970, whole ones like the wall clock's. */
  nowMs(): number {
    const elapsedMs = this.#ambient.elapsedMs();
    const passedMs = Math.floor(elapsedMs - this.#lastElapsedMs);
    this.#lastElapsedMs += passedMs;
    this.#lastMs = Math.max(this.#ambient.nowMs(), this.#lastMs + passedMs);
    return this.#lastMs;
  }
}
