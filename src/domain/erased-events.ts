import { isErased } from './event-query.ts';
import type { LoggedEvent, Position } from './event.ts';
import { erasedRememberedMax } from './limits.ts';

/**
 * Events that were erased while somebody may still hold what was read of them before. Remembers the newest
 * `erasedRememberedMax`: what is held in memory is far less, and what is read from the log again is empty.
 */
export class ErasedEvents {
  readonly #max: number;
  readonly #positions = new Set<Position>();

  constructor(max = erasedRememberedMax) {
    this.#max = max;
  }

  add(positions: readonly Position[]): void {
    for (const position of positions) {
      // Set anew, so that it is among the newest.
      this.#positions.delete(position);
      this.#positions.add(position);
    }
    for (const oldest of this.#positions) {
      if (this.#positions.size <= this.#max) return;
      this.#positions.delete(oldest);
    }
  }

  hasAny(positions: readonly Position[]): boolean {
    return this.#positions.size > 0 && positions.some((position) => this.#positions.has(position));
  }

  /** Whether the event was erased, before it was read or since. */
  has(event: LoggedEvent): boolean {
    return isErased(event) || (this.#positions.size > 0 && this.#positions.has(event.position));
  }
}
