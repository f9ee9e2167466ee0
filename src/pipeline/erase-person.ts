import type { Erasure, ErasureRequest, OpenErasure } from '../domain/erasure.ts';
import type { Position } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { ErasureStore } from '../ports/erasure-store.ts';
import type { EventAppender, EventKeeper, EventReader } from '../ports/event-log.ts';
import type { RefusalStore } from '../ports/refusal-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { FoundPerson, PersonFinder } from './find-person.ts';
import { Insistence } from './insistence.ts';
import { DeletionNotices, type DeletionNoticesParts } from './notify-deletion.ts';
import type { Replays } from './replays.ts';

/** How soon those are looked at whose destinations are being told; twice as long each time, while none is added. */
const LOOK_FIRST_MS = 250;
const LOOK_LAST_MS = 5_000;
/** How many of them are looked at at a time. */
const LOOKED_AT = 100;

export interface EraserOptions extends Pick<DeletionNoticesParts, 'events' | 'destinations'> {
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
 *      ├── finished: the id goes out of the record ───┤ nothing is left: refused calls
 *      └──────── destinations are told ◀── notifying ─┘
 *
 * - **erasing**: how many were found is noted first, then the log forgets, then deliveries, which read there what they
 *   have in memory no more, then it is noted as erased. After a stop in between the step is made again, over what is
 *   erased already too: a file may have kept some of it.
 * - **notifying**: destinations take the time that they take, so the next erasure begins meanwhile. What told them is
 *   erased in its turn.
 * - A step that cannot be made, because a backup reads in the files or the disk is full, is made again each second.
 */
export class Eraser {
  readonly #options: EraserOptions;
  readonly #notices: DeletionNotices;
  readonly #insistence: Insistence;
  #running: Promise<void> | null = null;
  #nextLook: { cancel(): void } | null = null;
  #lookMs = LOOK_FIRST_MS;
  /** The number of the last erasure that was looked at whether its destinations are told. */
  #lookedTo = 0;
  /** Somebody asked while the last look for what is open may have been made. */
  #isAsked = false;

  constructor(options: EraserOptions) {
    this.#options = options;
    this.#notices = new DeletionNotices(options);
    this.#insistence = new Insistence(options.ambient, (reason) => {
      options.telemetry.trouble('somebody cannot be erased yet; trying again each second', { reason });
    });
  }

  /** Goes on with what the last process left. */
  start(): void {
    this.#run();
  }

  /**
   * Resolves when it is noted, and events of a person to be suppressed are taken no more.
   *
   * @param number that the store reserved for it
   */
  async ask(request: ErasureRequest, number?: number): Promise<Erasure> {
    const { store, ambient } = this.#options;
    const erasure = await store.add(request, ambient.nowMs(), number);
    this.#run();
    return erasure;
  }

  /** Resolves when nothing is being erased any more; the next process goes on. */
  async stop(): Promise<void> {
    this.#insistence.stop();
    await this.#running;
    this.#nextLook?.cancel();
  }

  #run(): void {
    if (this.#insistence.isStopped) return;
    this.#isAsked = true;
    this.#running ??= this.#eraseAsked()
      .finally(() => {
        this.#running = null;
        // Asked after its last look and before this.
        if (this.#isAsked) this.#run();
      })
      .catch(this.#options.onFailure);
  }

  async #eraseAsked(): Promise<void> {
    const { store } = this.#options;
    while (this.#isAsked) {
      this.#isAsked = false;
      for (let next = await store.next(); next !== null; next = await store.next()) {
        await this.#erase(next);
        if (this.#insistence.isStopped) return;
      }
      await this.#finishNotified();
    }
  }

  /** Finishes those whose destinations are told, and comes again as long as there are others. */
  async #finishNotified(): Promise<void> {
    const { store, ambient } = this.#options;
    this.#nextLook?.cancel();
    const looked = await store.notifying({ after: this.#lookedTo, max: LOOKED_AT });
    for (const erasure of looked) {
      await this.#finishIfNotified(erasure);
      this.#lookedTo = erasure.number;
      // Who asks meanwhile need not wait for all of these.
      if (this.#isAsked || this.#insistence.isStopped) return;
    }
    if (looked.length === 0 && this.#lookedTo === 0) return;
    if (looked.length < LOOKED_AT) this.#lookedTo = 0;
    this.#nextLook = ambient.after(this.#lookMs, () => {
      this.#run();
    });
    this.#lookMs = Math.min(this.#lookMs * 2, LOOK_LAST_MS);
  }

  async #finishIfNotified(erasure: OpenErasure): Promise<void> {
    const { log, lanes } = this.#options;
    const settled = await this.#insistence.do(async () => ({ at: await this.#notices.settled(erasure) }));
    if (settled === undefined || settled.at === null) return;
    const positions = settled.at;
    if (positions.length > 0) {
      await this.#insistence.do(async () => log.erase(positions));
      await this.#insistence.do(async () => lanes.erase(positions));
    }
    await this.#finish(erasure, 0);
  }

  async #erase(erasure: OpenErasure): Promise<void> {
    const { person, notify } = erasure;
    const { replays } = this.#options;
    let refused = 0;
    if (person !== null) {
      // First, so that no more is read of what is to be erased.
      await this.#insistence.do(async () => replays.erase(person));
      await this.#eraseEvents(erasure, person);
      refused = await this.#eraseRefused(person);
    }
    if (notify && person !== null) await this.#beginNotifying(erasure, refused);
    else await this.#finish(erasure, refused);
  }

  async #beginNotifying(erasure: OpenErasure, refused: number): Promise<void> {
    const notices = await this.#insistence.do(async () => this.#notices.plan(erasure, refused));
    if (notices === undefined) return;
    this.#lookMs = LOOK_FIRST_MS;
    // At once, however many others are to be looked at before.
    await this.#finishIfNotified({ ...erasure, notices });
  }

  async #finish({ number }: OpenErasure, refused: number): Promise<void> {
    const { store, ambient } = this.#options;
    await this.#insistence.do(async () => store.finish(number, { refused, atMs: ambient.nowMs() }));
  }

  async #eraseEvents(erasure: OpenErasure, person: string): Promise<void> {
    const { people } = this.#options;
    let { erased } = erasure;
    // A step was cut short.
    let withErased = erasure.found > erased;
    let before = erasure.downTo ?? (await this.#insistence.do(async () => this.#begin(erasure)));
    while (before !== undefined && !this.#insistence.isStopped) {
      const ask = { person, before, withErased };
      const found = await this.#insistence.do(async () => people.find(ask));
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
      await this.#insistence.do(async () => store.advance(number, { downTo: before, found: count, erased }));
      await this.#insistence.do(async () => log.erase(positions));
      await this.#insistence.do(async () => lanes.erase(positions));
    }
    await this.#insistence.do(async () => store.advance(number, { downTo, found: count, erased: count }));
  }

  async #eraseRefused(person: string): Promise<number> {
    const { refusals } = this.#options;
    const erase = async (): Promise<number> => {
      await refusals.flush();
      return refusals.erase(person);
    };
    return (await this.#insistence.do(erase)) ?? 0;
  }
}
