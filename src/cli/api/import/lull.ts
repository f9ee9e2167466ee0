import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure } from '../../exit-codes.ts';
import { durationText } from '../../printable.ts';

const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 30_000;
/** What somebody may ask for with `Retry-After`. */
const ASKED_WAIT_MS_MAX = 300_000;

/** Why nothing was accepted, for the moment. */
export interface Trouble {
  /** As the rest of a sentence that begins with where it is. Safe to print. */
  readonly reason: string;
  /** What the answer asks for; null where it says nothing. */
  readonly retryAfterMs: number | null;
}

export interface LullOptions {
  /** How long nothing may be accepted before it is given up; null for never. */
  readonly giveUpMs: number | null;
  readonly signal: AbortSignal;
  readonly onTrouble: (reason: string, waitMs: number) => void;
  readonly onOver: (tookMs: number) => void;
}

/**
 * The wait that all requests of an import share while Sluice does not take what is sent. It doubles from a quarter of a
 * second to half a minute, or is as long as the answer asks for.
 *
 *     none ──trouble──▶ waiting ──over──▶ trying ──success──▶ none
 *                          ▲                 │
 *                          └─────trouble─────┘
 */
export class Lull {
  readonly #options: LullOptions;
  #failures = 0;
  #sinceMs: number | null = null;
  #untilMs = 0;

  constructor(options: LullOptions) {
    this.#options = options;
  }

  /** Resolves when it is time to try. Rejects when the import is stopped meanwhile. */
  async over(): Promise<void> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      const waitMs = this.#untilMs - performance.now();
      if (waitMs <= 0) return;
      await sleep(waitMs, undefined, { signal: this.#options.signal });
    }
  }

  /** @throws CommandFailure when it has lasted too long */
  begin({ reason, retryAfterMs }: Trouble): void {
    const nowMs = performance.now();
    this.#sinceMs ??= nowMs;
    // Several requests fail at once, for one reason.
    if (nowMs < this.#untilMs) return;
    const { giveUpMs, onTrouble } = this.#options;
    const lastedMs = nowMs - this.#sinceMs;
    if (giveUpMs !== null && lastedMs >= giveUpMs) {
      throw new CommandFailure('unreachable', `given up after ${durationText(lastedMs)} in which Sluice ${reason}`);
    }
    const ownMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, WAIT_MS_MAX);
    const waitMs = Math.min(Math.max(ownMs, retryAfterMs ?? 0), ASKED_WAIT_MS_MAX);
    this.#failures += 1;
    this.#untilMs = nowMs + (giveUpMs === null ? waitMs : Math.min(waitMs, giveUpMs - lastedMs));
    onTrouble(reason, this.#untilMs - nowMs);
  }

  /** Something was accepted. */
  end(): void {
    if (this.#sinceMs === null) return;
    this.#options.onOver(performance.now() - this.#sinceMs);
    this.#failures = 0;
    this.#sinceMs = null;
  }
}
