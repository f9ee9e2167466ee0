import type { LoggedEvent, Position } from '../domain/event.ts';
import { assert } from '../lib/assert.ts';

/** An event that a lane has taken off the log and owes an end. */
export interface Taken {
  readonly position: Position;
  readonly chars: number;
  /** Finished or parked. */
  isSettled: boolean;
}

/** An event as it is taken. */
export function takenOf({ position, body }: LoggedEvent): Taken {
  return { position, chars: body.length, isSettled: false };
}

/**
 * The events that a lane has taken past its floor, in the order of the log, and from it the floor itself: the
 * position below which everything is finished or parked.
 *
 * What ends out of order waits here for the oldest, as a few dozen bytes without its body. So one slow event delays
 * the floor and not the lane, up to the window's limits.
 */
export class Window {
  readonly #eventsMax: number;
  readonly #charsMax: number;
  /** Rising positions; what is before `#head` has passed. */
  #taken: Taken[] = [];
  #head = 0;
  /** Of what is taken and not settled. */
  #chars = 0;
  #unsettled = 0;

  constructor(eventsMax: number, charsMax: number) {
    this.#eventsMax = eventsMax;
    this.#charsMax = charsMax;
  }

  get size(): number {
    return this.#taken.length - this.#head;
  }

  /** Events in flight. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** The oldest event in flight. */
  get oldest(): Position | null {
    return this.#taken[this.#head]?.position ?? null;
  }

  get hasRoom(): boolean {
    return this.size < this.#eventsMax && this.#chars < this.#charsMax;
  }

  take(taken: Taken): void {
    const last = this.#taken.at(-1);
    assert(last === undefined || last.position < taken.position, 'a lane takes events in the order of the log');
    this.#taken.push(taken);
    this.#chars += taken.chars;
    this.#unsettled += 1;
  }

  settle(taken: Taken): void {
    assert(!taken.isSettled, 'an event is settled once');
    taken.isSettled = true;
    this.#chars -= taken.chars;
    this.#unsettled -= 1;
    while (this.#taken[this.#head]?.isSettled === true) this.#head += 1;
    // Moving the rest down costs its length, and happens once per as many settlements.
    if (this.#head > 1_024 && this.#head * 2 > this.#taken.length) {
      this.#taken = this.#taken.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The floor, where everything up to `reached` has been taken, or does not concern this lane. */
  floor(reached: Position): Position {
    const oldest = this.#taken[this.#head];
    return oldest === undefined ? reached : oldest.position - 1;
  }
}
