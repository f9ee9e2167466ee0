import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure } from '../../exit-codes.ts';
import { type Batch, batchesOf, type BatchOptions, type Mark } from './batches.ts';
import type { LineReader } from './lines.ts';

export interface RunOptions extends Omit<BatchOptions, 'isStopped'> {
  readonly reader: LineReader;
  readonly concurrency: number;
  /** Events a second; null for as many as are taken. */
  readonly rate: number | null;
  /** Resolves when it is accepted. */
  readonly send: (body: string) => Promise<void>;
  /** Keeps how far it has come, and answers whether it could: every second, one call after the other, and at the end. */
  readonly keep: (mark: Mark) => Promise<boolean>;
  readonly onAccepted: (events: number) => void;
  /** Aborted to stop: what was sent is waited for, and kept. */
  readonly signal: AbortSignal;
}

const KEEP_EACH_MS = 1_000;

/**
 * Sends the rest of a file, and answers up to where all of it was accepted. Several requests are under way at once, so what
 * was accepted may have gaps: only what has none before it is kept as done.
 *
 * @throws what stopped it, once everything else that was under way has ended and is kept
 */
export async function runImport(options: RunOptions): Promise<Mark> {
  const { reader, concurrency, signal } = options;
  let hasFailed = false;
  const batches = batchesOf(reader, { ...options, isStopped: () => hasFailed || signal.aborted });
  const done = new Done(options);
  const pace = new Pace(options.rate, signal);
  const lane = async (): Promise<void> => {
    for (;;) {
      const { value: batch, done: isEnd } = await done.next(batches);
      if (isEnd === true) return;
      await pace.take(batch.events);
      if (batch.body !== null) await options.send(batch.body);
      options.onAccepted(batch.events);
      await done.accepted(batch);
    }
  };
  const ends = await Promise.allSettled(
    Array.from({ length: concurrency }, async () =>
      lane().catch((error: unknown) => {
        // The others end what they have under way, and begin nothing.
        hasFailed = true;
        throw error;
      }),
    ),
  );
  await done.keep();
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const failure = failures.find((each) => each instanceof CommandFailure) ?? failures[0];
  if (failure !== undefined && !(signal.aborted && isAbort(failure))) throw failure as Error;
  return done.mark;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || 'code' in error);
}

/** Which batches were accepted, in whatever order, and up to where all were. */
class Done {
  readonly #options: RunOptions;
  readonly #order: Batch[] = [];
  readonly #accepted = new Set<Batch>();
  #kept: Mark;
  #keptAtMs = performance.now();
  #keeping: Promise<boolean> = Promise.resolve(true);
  mark: Mark;

  constructor(options: RunOptions) {
    this.#options = options;
    this.mark = options.from;
    this.#kept = options.from;
  }

  /** Hands out the next batch. A generator answers in the order in which it was asked. */
  async next(batches: AsyncGenerator<Batch, void>): Promise<IteratorResult<Batch, void>> {
    const next = await batches.next();
    if (next.done !== true) this.#order.push(next.value);
    return next;
  }

  async accepted(batch: Batch): Promise<void> {
    this.#accepted.add(batch);
    for (let first = this.#order[0]; first !== undefined && this.#accepted.delete(first); first = this.#order[0]) {
      this.mark = first.mark;
      this.#order.shift();
    }
    const nowMs = performance.now();
    if (nowMs - this.#keptAtMs < KEEP_EACH_MS) return;
    this.#keptAtMs = nowMs;
    await this.keep();
  }

  async keep(): Promise<void> {
    await this.#keeping;
    const { mark } = this;
    if (mark === this.#kept) return;
    this.#keeping = this.#options.keep(mark);
    if (await this.#keeping) this.#kept = mark;
  }
}

/** Spreads events over time. */
class Pace {
  readonly #rate: number | null;
  readonly #signal: AbortSignal;
  #nextAtMs = performance.now();

  constructor(rate: number | null, signal: AbortSignal) {
    this.#rate = rate;
    this.#signal = signal;
  }

  async take(events: number): Promise<void> {
    if (this.#rate === null) return;
    const atMs = Math.max(this.#nextAtMs, performance.now());
    this.#nextAtMs = atMs + (events * 1_000) / this.#rate;
    const waitMs = atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#signal });
  }
}
