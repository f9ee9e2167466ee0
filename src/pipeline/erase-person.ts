import type { Erasure, ErasureRequest, OpenErasure } from '../domain/erasure.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Position } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { ErasureStore } from '../ports/erasure-store.ts';
import type { EventAppender, EventKeeper, EventReader } from '../ports/event-log.ts';
import type { RefusalStore } from '../ports/refusal-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { FoundPerson, PersonFinder } from './find-person.ts';
import type { Replays } from './replays.ts';

/** How soon a step is tried again that has to wait: for a backup to end, for room, or for the index. */
const AGAIN_MS = 1_000;

export interface EraserOptions {
  readonly store: ErasureStore;
  readonly log: Pick<EventAppender, 'append'> & Pick<EventReader, 'extent'> & Pick<EventKeeper, 'erase'>;
  readonly people: Pick<PersonFinder, 'find'>;
  readonly lanes: {
    /** See `Dispatcher.erase`. */
    erase(positions: readonly Position[]): Promise<void>;
  };
  readonly replays: Pick<Replays, 'erase'>;
  readonly refusals: Pick<RefusalStore, 'erase'> & {
    /** What was refused by now is in the store once it resolves. */
    flush(): Promise<void>;
  };
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Erases people: every event that was accepted of them by the time it begins, what deliveries keep of these, the samples
 * of refused calls that name them, and their place in the filters of replays. One erasure after the other, in steps of
 * at most 256 events:
 *
 *     idle ──asked, or left by the last process──▶ looking ──found some──▶ erasing ──▶ looking
 *      ▲                                              │
 *      └── finished: the id goes out of the record ───┘ nothing is left: refused calls
 *
 * - **erasing**: how many were found is noted first, then the log forgets, then deliveries, which read there what they
 *   have in memory no more, then it is noted as erased. After a stop in between the step is made again, over what is
 *   erased already too: a file may have kept some of it.
 * - A step that cannot be made, because a backup reads in the files or the disk is full, is made again each second.
 */
export class Eraser {
  readonly #options: EraserOptions;
  #running: Promise<void> | null = null;
  #pause: { end(): void } | null = null;
  #isStopped = false;
  #isTroubled = false;
  /** Somebody asked while the last look for what is open may have been made. */
  #isAsked = false;

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /** Goes on with what the last process left. */
  start(): void {
    this.#run();
  }

  /** Resolves when it is noted, and events of a person to be suppressed are taken no more. */
  async ask(request: ErasureRequest): Promise<Erasure> {
    const { store, ambient } = this.#options;
    const erasure = await store.add(request, ambient.nowMs());
    this.#run();
    return erasure;
  }

  /** Resolves when nothing is being erased any more; the next process goes on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause?.end();
    await this.#running;
  }

  #run(): void {
    if (this.#isStopped) return;
    this.#isAsked = true;
    this.#running ??= this.#eraseAsked()
      .finally(() => {
        this.#running = null;
      })
      .catch(this.#options.onFailure);
  }

  async #eraseAsked(): Promise<void> {
    const { store } = this.#options;
    while (this.#isAsked) {
      this.#isAsked = false;
      for (let next = await store.next(); next !== null; next = await store.next()) {
        await this.#erase(next);
        if (this.#isStopped) return;
      }
    }
  }

  async #erase(erasure: OpenErasure): Promise<void> {
    const { number, person } = erasure;
    const { store, replays, ambient } = this.#options;
    let refused = 0;
    if (person !== null) {
      // First, so that no more is read of what is to be erased.
      await this.#insist(async () => replays.erase(person));
      await this.#eraseEvents(erasure, person);
      refused = await this.#eraseRefused(person);
    }
    await this.#insist(async () => store.finish(number, { refused, atMs: ambient.nowMs() }));
  }

  async #eraseEvents(erasure: OpenErasure, person: string): Promise<void> {
    const { people } = this.#options;
    let { erased } = erasure;
    // A step was cut short.
    let withErased = erasure.found > erased;
    let before = erasure.downTo ?? (await this.#insist(async () => this.#begin(erasure)));
    while (before !== undefined && !this.#isStopped) {
      const ask = { person, before, withErased };
      const found = await this.#insist(async () => people.find(ask));
      if (found === undefined) return;
      // Made again, it counts what was found before it was cut.
      const count = withErased ? Math.max(erasure.found, erased) : erased + found.positions.length;
      await this.#step(erasure.number, found, { before, erased, count });
      if (found.isAll) return;
      [before, erased, withErased] = [found.downTo, count, false];
    }
  }

  /** Answers below which position to look. What was accepted before this person was suppressed is in the log by then. */
  async #begin({ number }: OpenErasure): Promise<Position> {
    const { log, store } = this.#options;
    await log.append([]);
    const before = (await log.extent()).end + 1;
    await store.advance(number, { downTo: before, found: 0, erased: 0 });
    return before;
  }

  async #step(
    number: number,
    { positions, downTo }: FoundPerson,
    { before, erased, count }: { readonly before: Position; readonly erased: number; readonly count: number },
  ): Promise<void> {
    const { store, log, lanes } = this.#options;
    if (positions.length > 0) {
      await this.#insist(async () => store.advance(number, { downTo: before, found: count, erased }));
      await this.#insist(async () => log.erase(positions));
      await this.#insist(async () => lanes.erase(positions));
    }
    await this.#insist(async () => store.advance(number, { downTo, found: count, erased: count }));
  }

  async #eraseRefused(person: string): Promise<number> {
    const { refusals } = this.#options;
    const erase = async (): Promise<number> => {
      await refusals.flush();
      return refusals.erase(person);
    };
    return (await this.#insist(erase)) ?? 0;
  }

  /**
   * Tries until it succeeds, which null does not; undefined when this process stops before. Rejects what no waiting
   * helps against.
   */
  async #insist<T>(act: () => Promise<T | null>): Promise<T | undefined> {
    while (!this.#isStopped) {
      try {
        const result = await act();
        this.#isTroubled = false;
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        this.#tell(error);
      }
      await this.#wait();
    }
    return undefined;
  }

  #tell({ message: reason }: SluiceError): void {
    if (!this.#isTroubled)
      this.#options.telemetry.trouble('somebody cannot be erased yet; trying again each second', { reason });
    this.#isTroubled = true;
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#isStopped) {
        resolve();
        return;
      }
      const timer = this.#options.ambient.after(AGAIN_MS, resolve);
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
