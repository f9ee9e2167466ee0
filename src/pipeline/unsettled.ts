import type { AttemptRecord } from '../domain/attempt.ts';
import type { Finished, Parked, PausedEndpoint } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';
import type { Settlement } from '../ports/delivery-store.ts';
import { MinuteCounts } from './minute-counts.ts';

/** What a lane's attempts came to, until a settlement takes it. */
export class Unsettled {
  readonly #counts = new MinuteCounts();
  #finished: Finished[] = [];
  #parked: Parked[] = [];
  #attempts: AttemptRecord[] = [];
  #paused: PausedEndpoint[] = [];
  #expired = 0;
  /** Up to where that was. */
  #expiredTo: Position = 0;

  /** Attempts and outcomes there are. */
  get size(): number {
    return this.#finished.length + this.#parked.length + this.#attempts.length;
  }

  attempted(attempt: AttemptRecord): void {
    this.#attempts.push(attempt);
    this.#counts.add(attempt.atMs, attempt.endpoint, attempt.outcome, attempt.durationMs);
  }

  finish(finished: Finished): void {
    this.#finished.push(finished);
  }

  park(parked: Parked): void {
    this.#parked.push(parked);
  }

  pause(paused: PausedEndpoint): void {
    this.#paused.push(paused);
  }

  /** So many were given up, all of them up to there. */
  expire(count: number, upTo: Position): void {
    this.#expired += count;
    this.#expiredTo = upTo;
  }

  /** Answers all of it, and starts again. */
  take(floor: Position): Omit<Settlement, 'lane' | 'term' | 'atMs'> {
    // Above the floor nothing is over: should the process stop before, the log may still have it, and it is delivered.
    const expired = floor >= this.#expiredTo ? this.#expired : 0;
    const taken = {
      floor,
      finished: this.#finished,
      parked: this.#parked,
      attempts: this.#attempts,
      counts: this.#counts.take(),
      expired,
      paused: this.#paused,
    };
    this.#expired -= expired;
    this.#finished = [];
    this.#parked = [];
    this.#attempts = [];
    this.#paused = [];
    return taken;
  }
}
