import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, OwedSample } from '../ports/delivery-store.ts';
import { isHeld } from './destination-standing.ts';
import type { LaneStatus } from './lane-status.ts';

const MINUTE_MS = 60_000;

export interface OwedSamplerOptions {
  /** Looks how each destination stands. */
  readonly observe: () => Promise<readonly Pick<LaneStatus, 'destination' | 'waiting' | 'endpoints'>[]>;
  readonly store: Pick<DeliveryStore, 'noteOwed'>;
  readonly ambient: Pick<Ambient, 'nowMs' | 'after'>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Notes once a minute what each destination is owed, and whether it is held, so that it can be told afterwards how far
 * one was behind: when it starts, and then whenever a minute of the wall clock begins.
 *
 * A sample for which the disk has no room is left out, and so is one that comes while the one before is still being
 * taken: what is owed is known again a minute later, and nothing waits for it.
 */
export class OwedSampler {
  readonly #options: OwedSamplerOptions;
  #timer: { cancel(): void } | null = null;
  #noting: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: OwedSamplerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#sample()
      .then(() => {
        if (!this.#isStopped) this.#waitForNext();
      })
      .catch((error: unknown) => {
        // What is looked at may be closed by now.
        if (!this.#isStopped) this.#options.onFailure(error);
      });
  }

  /** Resolves when nothing is noted any more. A look that is under way, which may take long, comes to nothing. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#noting;
  }

  #waitForNext(): void {
    const { ambient } = this.#options;
    this.#timer = ambient.after(MINUTE_MS - (ambient.nowMs() % MINUTE_MS), () => {
      this.start();
    });
  }

  async #sample(): Promise<void> {
    const { observe, ambient } = this.#options;
    const minute = Math.floor(ambient.nowMs() / MINUTE_MS);
    const samples = (await observe())
      .map((status) => ({ destination: status.destination, waiting: status.waiting, isHeld: isHeld(status) }))
      .filter(({ waiting, isHeld: isShut }) => waiting > 0 || isShut);
    if (samples.length === 0 || this.#isStopped) return;
    this.#noting = this.#note(minute, samples);
    await this.#noting;
  }

  async #note(minute: number, samples: readonly OwedSample[]): Promise<void> {
    try {
      await this.#options.store.noteOwed(minute, samples);
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'store_full')) throw error;
    }
  }
}
