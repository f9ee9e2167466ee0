import type { Ambient } from '../../src/ports/ambient.ts';

interface Timer {
  readonly atMs: number;
  /** Among timers of one moment, the one that was set first runs first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** 2026-01-01T00:00:00Z: a round time to read in failures. */
const STARTED_AT_MS = 1_767_225_600_000;

/**
 * Time that stands still until a test moves it, chance that a seed repeats, and ids that count. What `soon` is given
 * runs as a microtask, as it does for real.
 */
export class SimulatedAmbient implements Ambient {
  readonly #startedAtMs: number;
  #jumpedMs = 0;
  #elapsedMs = 0;
  readonly #timers = new TimerHeap();
  #timersSet = 0;
  #uuids = 0;
  #state: number;

  constructor({ seed = 1, startedAtMs = STARTED_AT_MS } = {}) {
    this.#state = seed;
    this.#startedAtMs = startedAtMs;
  }

  nowMs(): number {
    return this.#startedAtMs + this.#jumpedMs + Math.floor(this.#elapsedMs);
  }

  elapsedMs(): number {
    return this.#elapsedMs;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const timer = { atMs: this.#elapsedMs + Math.max(ms, 0), order: this.#timersSet++, run, isCancelled: false };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.isCancelled = true;
      },
    };
  }

  soon(run: () => void): void {
    queueMicrotask(run);
  }

  /** mulberry32: even and repeatable, which is all that a test needs. */
  chance(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${(++this.#uuids).toString(16).padStart(12, '0')}`;
  }

  /**
   * Moves time forward and runs the timers that fall due, each at its own moment and in order. After each, promises
   * settle as far as they can without real I/O, so that a timer set by what was waiting counts from the right moment.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await turn();
    for (let timer = this.#takeDue(untilMs); timer !== undefined; timer = this.#takeDue(untilMs)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs);
      timer.run();
      await turn();
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, untilMs);
  }

  /** Sets the wall clock forward or back by itself, as an operator or NTP does: no timer notices. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  /** When the next timer is due, milliseconds from now; null when none is set. */
  get nextTimerMs(): number | null {
    const next = this.#timers.first();
    return next === undefined ? null : next.atMs - this.#elapsedMs;
  }

  #takeDue(untilMs: number): Timer | undefined {
    const next = this.#timers.first();
    if (next === undefined || next.atMs > untilMs) return undefined;
    this.#timers.takeFirst();
    return next;
  }
}

/** Timers, the soonest first: a binary heap. A cancelled one stays until its turn would have come. */
class TimerHeap {
  readonly #timers: Timer[] = [];

  push(timer: Timer): void {
    this.#timers.push(timer);
    let index = this.#timers.length - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  first(): Timer | undefined {
    while (this.#timers[0]?.isCancelled === true) this.takeFirst();
    return this.#timers[0];
  }

  takeFirst(): void {
    this.#swap(0, this.#timers.length - 1);
    this.#timers.pop();
    for (let index = 0; ;) {
      const child = this.#isBefore(2 * index + 2, 2 * index + 1) ? 2 * index + 2 : 2 * index + 1;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  /** A place behind the last one holds what is never before anything. */
  #isBefore(index: number, other: number): boolean {
    const one = this.#timers[index];
    const two = this.#timers[other];
    if (one === undefined) return false;
    return two === undefined || one.atMs < two.atMs || (one.atMs === two.atMs && one.order < two.order);
  }

  #swap(index: number, other: number): void {
    const moved = this.#timers[index]!;
    this.#timers[index] = this.#timers[other]!;
    this.#timers[other] = moved;
  }
}

/** One turn of the event loop: all microtasks have run, those that they set among them. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
