import { Link, LinkedList, unlink } from '../../lib/linked-list.ts';
import type { Ambient } from '../../ports/ambient.ts';

/** What is over in one turn of the event loop: with all that follows from each, a fraction of a millisecond. */
const AT_ONCE = 4;
/** In a turn after a long one, for each millisecond of it, so that where much else is to be done they end in time too. */
const PER_MS = 1;

/** Something that has to end in time. */
export abstract class Ending extends Link {
  /** By when, on the elapsed clock. */
  overAtMs = 0;

  /** Its time is over. */
  abstract expire(): void;
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
  readonly #running = new LinkedList<Ending>();
  #timer: { cancel(): void } | null = null;

  /** @param ms how long each may take */
  constructor(ms: number, ambient: Pick<Ambient, 'after' | 'elapsedMs'>, expiries: Expiries) {
    this.#ms = ms;
    this.#ambient = ambient;
    this.#expiries = expiries;
  }

  /** @param atMs now, by the elapsed clock */
  begin(ending: Ending, atMs: number): void {
    ending.overAtMs = atMs + this.#ms;
    this.#running.add(ending);
    this.#timer ??= this.#watch(this.#ms);
  }

  /** It has ended by itself. The timer stays, for the next one: one that finds nothing over is set again. */
  end(ending: Ending): void {
    unlink(ending);
  }

  /** Nothing begins any more. */
  close(): void {
    if (this.#running.isEmpty) this.#timer?.cancel();
  }

  #watch(inMs: number): { cancel(): void } {
    return this.#ambient.after(inMs, () => {
      this.#timer = null;
      const nowMs = this.#ambient.elapsedMs();
      for (const ending of this.#running) {
        if (ending.overAtMs > nowMs) {
          this.#timer = this.#watch(ending.overAtMs - nowMs);
          return;
        }
        unlink(ending);
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
  readonly #over = new LinkedList<Ending>();

  constructor(ambient: Pick<Ambient, 'soon' | 'elapsedMs'>) {
    this.#ambient = ambient;
  }

  add(ending: Ending): void {
    if (this.#over.isEmpty) this.#endSoon();
    this.#over.add(ending);
  }

  #endSoon(): void {
    const plannedAtMs = this.#ambient.elapsedMs();
    this.#ambient.soon(() => {
      const turnMs = this.#ambient.elapsedMs() - plannedAtMs;
      const some = [...this.#over[Symbol.iterator]().take(Math.max(AT_ONCE, Math.floor(turnMs * PER_MS)))];
      for (const ending of some) unlink(ending);
      if (!this.#over.isEmpty) this.#endSoon();
      for (const ending of some) ending.expire();
    });
  }
}
