/**
 * Time, chance and ids. Everything inside asks here, so that it runs on simulated time, and a seed repeats a run.
 */
export interface Ambient {
  /** The wall clock, milliseconds since 1970. May jump either way. */
  nowMs(): number;
  /** Milliseconds since some moment, with fractions. Never goes back: for durations and deadlines. */
  elapsedMs(): number;
  /** Runs once, at the earliest `ms` from now. Cancelling one that ran is harmless. */
  after(ms: number, run: () => void): { cancel(): void };
  /** Runs once, soon, after what is on the stack: what arrives meanwhile shares it. */
  soon(run: () => void): void;
  /** Uniform in [0, 1). */
  chance(): number;
  /** A new random UUID in lower case. */
  uuid(): string;
}
