import type { Ambient } from '../ports/ambient.ts';

/**
 * How many attempts may begin per second: a bucket of tokens that fills evenly, each attempt taking one. It holds one
 * second's worth and at least one, so after a pause at most that many begin at once, and in any stretch of time no
 * more than the rate allows and these. Holds no timer: who finds none asks again at `opensAtMs`.
 */
export class RateLimit {
  readonly #ambient: Pick<Ambient, 'elapsedMs'>;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  /** When `#tokens` was right. */
  #atMs: number;

  /** @param perSecond above 0; may be a fraction */
  constructor(perSecond: number, ambient: Pick<Ambient, 'elapsedMs'>) {
    this.#ambient = ambient;
    this.#perMs = perSecond / 1_000;
    this.#burst = Math.max(1, perSecond);
    this.#tokens = this.#burst;
    this.#atMs = ambient.elapsedMs();
  }

  /** From when on an attempt may begin, by elapsed time; 0 when it may now. */
  get opensAtMs(): number {
    this.#fill();
    return this.#tokens >= 1 ? 0 : this.#atMs + Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
  }

  /** An attempt begins, for which there is a token. */
  take(): void {
    this.#fill();
    this.#tokens -= 1;
  }

  #fill(): void {
    const nowMs = this.#ambient.elapsedMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}
