import type { Ambient } from '../../ports/ambient.ts';

/** What is over in one turn of the event loop: with all that follows from each, a fraction of a millisecond. */
const AT_ONCE = 4;
/** In a turn after a long one, for each millisecond of it, so that where much else is to be done they end in time too. */
const PER_MS = 1;

/** Something that has to end in time. */
export interface Ending {
  /** Its time is over. */
  expire(): void;
}

/**
 * The deadlines of the exchanges with one endpoint. Each lasts as long as the others, so they are over in the order in
 * which they began, and one timer does for all, set for the one that began first: a timer for each would cost 1.5 µs and
 * three objects an attempt.
 */
export class Deadlines {
  readonly #ms: number;
  readonly #ambient: Pick<Ambient, 'after' | 'elapsedMs'>;
  readonly #expiries: Expiries;
  /** By when each is over, in the order of their beginning. */
  readonly #running = new Map<Ending, number>();
  #timer: { cancel(): void } | null = null;

  /** @param ms how long each may take */
  constructor(ms: number, ambient: Pick<Ambient, 'after' | 'elapsedMs'>, expiries: Expiries) {
    this.#ms = ms;
    this.#ambient = ambient;
    this.#expiries = expiries;
  }

  /** @param atMs now, by the elapsed clock */
  begin(ending: Ending, atMs: number): void {
    this.#running.set(ending, atMs + this.#ms);
    this.#timer ??= this.#watch(this.#ms);
  }

  /** It has ended by itself. The timer stays, for the next one: one that finds nothing over is set again. */
  end(ending: Ending): void {
    if (!this.#running.delete(ending)) this.#expiries.delete(ending);
  }

  /** Nothing begins any more. */
  close(): void {
    if (this.#running.size === 0) this.#timer?.cancel();
  }

  #watch(inMs: number): { cancel(): void } {
    return this.#ambient.after(inMs, () => {
      this.#timer = null;
      const nowMs = this.#ambient.elapsedMs();
      for (const [ending, untilMs] of this.#running) {
        if (untilMs > nowMs) {
          this.#timer = this.#watch(untilMs - nowMs);
          return;
        }
        this.#running.delete(ending);
        this.#expiries.add(ending);
      }
    });
  }
}

/**
 * Whatever is over, of all endpoints. Those that hang together run out of time together, thousands of exchanges in one
 * moment, and each costs a connection and what its lane makes of it. So a few end in a turn of the event loop, and
 * requests and answers of others pass in between: beside 200 endpoints that hang, four in a turn instead of sixteen take
 * a fifth off the 99th percentile of one that does not.
 */
export class Expiries {
  readonly #ambient: Pick<Ambient, 'soon' | 'elapsedMs'>;
  readonly #over = new Set<Ending>();

  constructor(ambient: Pick<Ambient, 'soon' | 'elapsedMs'>) {
    this.#ambient = ambient;
  }

  add(ending: Ending): void {
    this.#over.add(ending);
    if (this.#over.size === 1) this.#endSoon();
  }

  delete(ending: Ending): void {
    this.#over.delete(ending);
  }

  #endSoon(): void {
    const plannedAtMs = this.#ambient.elapsedMs();
    this.#ambient.soon(() => {
      const turnMs = this.#ambient.elapsedMs() - plannedAtMs;
      const some = [...this.#over.values().take(Math.max(AT_ONCE, Math.floor(turnMs * PER_MS)))];
      for (const ending of some) this.#over.delete(ending);
      if (this.#over.size > 0) this.#endSoon();
      for (const ending of some) ending.expire();
    });
  }
}
