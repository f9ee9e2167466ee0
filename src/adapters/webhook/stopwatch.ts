import { type ExchangeTiming, NOTHING_TIMED } from '../../domain/attempt.ts';
import type { Ambient } from '../../ports/ambient.ts';

/** One phase of an exchange after the other, on the elapsed clock: each lasts until the next one begins. */
export class Stopwatch {
  readonly startedAtMs: number;
  readonly #ambient: Pick<Ambient, 'elapsedMs'>;
  readonly #timing: { -readonly [Phase in keyof ExchangeTiming]: number | null } = { ...NOTHING_TIMED };
  #phase: keyof ExchangeTiming | null = null;
  #phaseAtMs = 0;

  constructor(ambient: Pick<Ambient, 'elapsedMs'>) {
    this.#ambient = ambient;
    this.startedAtMs = ambient.elapsedMs();
  }

  enter(phase: keyof ExchangeTiming): void {
    const nowMs = this.#ambient.elapsedMs();
    this.#leave(nowMs);
    this.#phase = phase;
    this.#phaseAtMs = nowMs;
  }

  /** All since it was made, and the phases: called once. */
  stop(): { readonly durationMs: number; readonly timing: ExchangeTiming } {
    const nowMs = this.#ambient.elapsedMs();
    this.#leave(nowMs);
    return { durationMs: nowMs - this.startedAtMs, timing: this.#timing };
  }

  #leave(nowMs: number): void {
    if (this.#phase === null) return;
    this.#timing[this.#phase] = (this.#timing[this.#phase] ?? 0) + nowMs - this.#phaseAtMs;
  }
}
