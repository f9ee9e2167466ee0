import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';

/** How soon a step is tried again that has to wait: for a backup to end, for room, or for the index. */
const AGAIN_MS = 1_000;

/** Tries steps until they succeed, or it is stopped. */
export class Insistence {
  readonly #ambient: Pick<Ambient, 'after'>;
  readonly #onTrouble: (reason: string) => void;
  #pause: { end(): void } | null = null;
  #isStopped = false;
  #isTroubled = false;

  /** @param onTrouble told when steps begin to be rejected, and not again before one succeeds */
  constructor(ambient: Pick<Ambient, 'after'>, onTrouble: (reason: string) => void) {
    this.#ambient = ambient;
    this.#onTrouble = onTrouble;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.#isStopped = true;
    this.#pause?.end();
  }

  /**
   * Tries until it succeeds, which null does not; undefined when it is stopped before. Rejects what no waiting helps
   * against.
   */
  async do<T>(act: () => Promise<T | null>): Promise<T | undefined> {
    while (!this.#isStopped) {
      try {
        const result = await act();
        this.#isTroubled = false;
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        if (!this.#isTroubled) this.#onTrouble(error.message);
        this.#isTroubled = true;
      }
      await this.#wait();
    }
    return undefined;
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#isStopped) {
        resolve();
        return;
      }
      const timer = this.#ambient.after(AGAIN_MS, resolve);
      this.#pause = {
        end: () => {
          timer.cancel();
          resolve();
        },
      };
    });
    this.#pause = null;
  }
}
