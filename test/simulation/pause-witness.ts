/** Which endpoints an operator was told to be paused: nothing may be begun there until he resumes them. */
export class PauseWitness {
  readonly #paused = new Set<string>();

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

  has(url: string): boolean {
    return this.#paused.has(url);
  }
}

/** Whose endpoint it is: see `urlOf`. */
export function destinationOf(url: string): string {
  return new URL(url).hostname.replace('.example', '');
}
