import { SluiceError } from '../domain/errors.ts';
import { isErased, peopleOf } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { EventIndex, IndexEntry } from '../ports/event-index.ts';
import type { EventReader, Tail } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** How long what arrives is left to gather, unless it is half of what a search waits for by then. */
const GATHER_MS = 1_000;
/**
 * Read and indexed at once: 0.3 ms. So few that their bodies, which are read for what is in them and dropped, are
 * garbage before it is collected, and nothing of them is copied. With 2,048 an event took a tenth more.
 */
const SLICE = { eventsMax: 64, charsMax: 4 * 1024 * 1024 };
/** Between two rests: 10 ms. */
const PORTION_SLICES = 32;
/** Who searches waits for this many events to be indexed, and no more. */
const AWAITED_MAX = 10_000;
const GATHERED_MAX = AWAITED_MAX / 2;
const AGAIN_MS = 10_000;
const NO_SOURCES: ReadonlySet<string> = new Set();

export interface EventIndexerOptions {
  readonly log: EventReader;
  readonly index: EventIndex;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Feeds the event index behind the log, and has it forget what the log forgot. When a lot has to be indexed, as when an
 * index is made anew, it rests as long as it works, so that what accepts and delivers has the machine.
 */
export class EventIndexer {
  readonly #options: EventIndexerOptions;
  #tail: Tail | null = null;
  #timer: { cancel(): void } | null = null;
  #indexing: Promise<void> | null = null;
  #indexedTo: Position = 0;
  #end: Position = 0;
  #isTroubled = false;
  #isStopped = false;

  constructor(options: EventIndexerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { log, index } = this.#options;
    this.#indexedTo = await index.indexedTo();
    this.#tail = await log.follow(
      ({ upTo }) => {
        this.#end = upTo;
        this.#lookIn(GATHER_MS);
        if (this.#end - this.#indexedTo >= GATHERED_MAX && !this.#isTroubled) void this.#index();
      },
      () => NO_SOURCES,
    );
    this.#end = Math.max(this.#end, this.#tail.after);
    this.#lookIn(0);
  }

  /**
   * Indexes what is durable now, unless that is too much to wait for. Answers how far the index has come, and whether
   * that is as far as the log has.
   */
  async catchUp(): Promise<{ readonly indexedTo: Position; readonly isComplete: boolean }> {
    const { end } = await this.#options.log.extent();
    this.#end = Math.max(this.#end, end);
    // Twice, since an indexing that was about to end has not seen this end.
    for (let times = 0; times < 2 && this.#indexedTo < end; times += 1)
      if (end - this.#indexedTo <= AWAITED_MAX) await this.#index();
    return { indexedTo: this.#indexedTo, isComplete: this.#indexedTo >= end };
  }

  /** Resolves when nothing is being indexed any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tail?.stop();
    this.#timer?.cancel();
    await this.#indexing;
  }

  #lookIn(ms: number): void {
    if (this.#timer !== null || this.#isStopped) return;
    this.#timer = this.#options.ambient.after(ms, () => {
      this.#timer = null;
      void this.#index();
    });
  }

  /** One at a time: who comes meanwhile waits for the same. */
  async #index(): Promise<void> {
    this.#indexing ??= this.#indexAll().finally(() => {
      this.#indexing = null;
    });
    return this.#indexing;
  }

  async #indexAll(): Promise<void> {
    const { telemetry, onFailure } = this.#options;
    try {
      await this.#forget();
      while (this.#indexedTo < this.#end && !this.#isStopped) await this.#indexPortion();
      this.#isTroubled = false;
    } catch (error) {
      if (!(error instanceof SluiceError)) {
        onFailure(error);
        return;
      }
      const reason = error.message;
      if (!this.#isTroubled) telemetry.trouble('events cannot be indexed for searching; trying again', { reason });
      this.#isTroubled = true;
      this.#lookIn(AGAIN_MS);
    }
  }

  async #forget(): Promise<void> {
    const { log, index } = this.#options;
    const { first } = await log.extent();
    await index.forget(first);
    this.#indexedTo = Math.max(await index.indexedTo(), first - 1);
  }

  async #indexPortion(): Promise<void> {
    const { ambient } = this.#options;
    const startedAtMs = ambient.elapsedMs();
    for (let slices = 0; slices < PORTION_SLICES && this.#indexedTo < this.#end && !this.#isStopped; slices++) {
      await this.#indexSlice();
      await this.#rest(0);
    }
    const isMuch = this.#end - this.#indexedTo > AWAITED_MAX;
    if (isMuch) await this.#rest(ambient.elapsedMs() - startedAtMs);
  }

  async #indexSlice(): Promise<void> {
    const { log, index } = this.#options;
    const { upTo, events } = await log.read({ after: this.#indexedTo, upTo: this.#end, ...SLICE });
    await index.index(events.filter((event) => !isErased(event)).map(entryOf), upTo);
    this.#indexedTo = upTo;
  }

  async #rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      if (ms === 0) this.#options.ambient.soon(resolve);
      else this.#options.ambient.after(ms, resolve);
    });
  }
}

function entryOf(event: LoggedEvent): IndexEntry {
  const { position, source, type, messageId, name } = event;
  return { position, source, type, messageId, name, people: peopleOf(event) };
}
