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
    this.#left = this.leftAt(nowMs);
    this.#atMs = nowMs;
    return this.#left > 0;
  }

  /** How much there will be at that time when nothing is spent until then; below nothing while it is overdrawn. */
  leftAt(ms: number): number {
    // A clock that went back gives nothing.
    return Math.min(this.#most, this.#left + Math.max(0, ms - this.#atMs) * this.#perMs);
  }

  spend(amount: number): void {
    this.#left -= amount;
  }
}
