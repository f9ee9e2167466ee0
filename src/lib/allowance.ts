/**
 * How much of something may be done in a time: it fills evenly up to `most`, and what is spent goes off. The last
 * spending may overdraw it, so that something large is done too, and the next one waits for longer.
 */
export class Allowance {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #atMs: number;

  /** @param atMs now, by the clock of `isThere` */
  constructor({ perSecond, most }: { readonly perSecond: number; readonly most: number }, atMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#most = most;
    this.#left = most;
    this.#atMs = atMs;
  }

  /** Whether something may be done now. */
  isThere(nowMs: number): boolean {
    // A clock that went back gives nothing.
    this.#left = Math.min(this.#most, this.#left + Math.max(0, nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    return this.#left > 0;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }
}
