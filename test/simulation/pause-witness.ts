/** Which endpoints an operator was told to be paused: nothing may be begun there until he resumes them. */
export class PauseWitness {
  readonly #paused = new Set<string>();
  readonly #forgotten = new Map<string, number>();

  began(url: string): void {
    this.#paused.add(url);
  }

  /** The pause of one endpoint ends about now. */
  ended(url: string): void {
    this.#paused.delete(url);
  }

  /** So do all that a destination has. */
  allEnded(destination: string): void {
    for (const url of this.#paused) if (destinationOf(url) === destination) this.#paused.delete(url);
  }

  /** The destination is gone or disabled, and its pauses with it: also those that are asked for and not made yet. */
  forgotten(destination: string): void {
    this.#forgotten.set(destination, this.timesForgotten(destination) + 1);
    this.allEnded(destination);
  }

  timesForgotten(destination: string): number {
    return this.#forgotten.get(destination) ?? 0;
  }

  has(url: string): boolean {
    return this.#paused.has(url);
  }
}

/** Whose endpoint it is: see `urlOf`. */
export function destinationOf(url: string): string {
  return new URL(url).hostname.replace('.example', '');
}
