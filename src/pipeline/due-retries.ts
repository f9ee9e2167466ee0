import type { LaneId, Parked } from '../domain/delivery.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import { crashesMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { EventReader } from '../ports/event-log.ts';
import type { DueClock } from './due-clock.ts';

/** How many parked deliveries are fetched at a time, with their events. */
const FETCH_MAX = 128;

/** A parked delivery whose time has come, with its event. */
export interface Ready {
  readonly parked: Parked;
  readonly event: LoggedEvent;
}

export interface DueRetriesOptions {
  readonly lane: LaneId;
  readonly term: number;
  readonly log: EventReader;
  readonly store: DeliveryStore;
  readonly ambient: Ambient;
  readonly clock: DueClock;
  /** Some are ready. */
  readonly onReady: () => void;
  /** This one will never be tried again: its event is gone, or kills the process. */
  readonly onDead: (parked: Parked, reason: 'event_expired' | 'process_crashed') => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The parked deliveries of a lane, as they fall due.
 *
 * Their rows stay in the store while they are tried, and only a settlement moves or removes them; so what is out for
 * an attempt is remembered here until it is settled.
 *
 * A delivery that may have killed the process (`suspicion` above 0) is noted in the store before it is tried. One that
 * was found in flight after a crash is tried alone in its lane: should it happen again, no other is suspected with it.
 */
export class DueRetries {
  readonly #options: DueRetriesOptions;
  #ready: Ready[] = [];
  #careful: Ready[] = [];
  #isCarefulOut = false;
  /** Fetched and not settled since. */
  readonly #out = new Set<Position>();
  /** Of these, the ones whose outcome is on its way to the store. */
  readonly #settling = new Set<Position>();
  /** Settled since the fetch under way began, so that its answer may still say what they were before. */
  readonly #settledMeanwhile = new Set<Position>();
  #nextDueAtMs = Infinity;
  #timer: { cancel(): void } | null = null;
  #isFetching = false;
  #isClosed = false;

  constructor(options: DueRetriesOptions) {
    this.#options = options;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0 || (this.#careful.length > 0 && !this.#isCarefulOut);
  }

  /** Something is parked until then, and in the store. */
  dueAt(atMs: number): void {
    if (atMs >= this.#nextDueAtMs || this.#isClosed) return;
    this.#nextDueAtMs = atMs;
    this.#arm();
  }

  take(): Ready | null {
    const ready = this.#ready.shift();
    if (ready !== undefined) {
      this.#fetchIfDue();
      return ready;
    }
    const careful = this.#isCarefulOut ? undefined : this.#careful.shift();
    if (careful !== undefined) this.#isCarefulOut = true;
    return careful ?? null;
  }

  /** Calls back when the attempt at a delivery that was taken may begin: at once for all but suspects. */
  begin({ parked }: Ready, start: () => void): void {
    const { store, lane, term, onFailure } = this.#options;
    if (isCareful(parked)) store.begin(lane, term, [parked.position]).then(start).catch(onFailure);
    else start();
  }

  /** What became of this delivery is on its way to the store. */
  settling(position: Position): void {
    if (this.#out.has(position)) this.#settling.add(position);
  }

  /**
   * It is in the store. Of a delivery that was parked by it, fetched before that was known, and is out by now, it is no
   * news.
   */
  settled(position: Position): void {
    if (!this.#settling.delete(position)) return;
    this.#out.delete(position);
    if (this.#isFetching) this.#settledMeanwhile.add(position);
    this.#fetchIfDue();
  }

  /** The outcome of a careful one is decided: the next may go. */
  decided(parked: Parked): void {
    if (isCareful(parked)) this.#isCarefulOut = false;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#ready = [];
    this.#careful = [];
  }

  #arm(): void {
    this.#timer?.cancel();
    const { ambient, clock } = this.#options;
    const waitMs = Math.max(0, this.#nextDueAtMs - clock.nowMs());
    this.#timer = ambient.after(waitMs, () => {
      this.#timer = null;
      this.#fetchIfDue();
    });
  }

  #fetchIfDue(): void {
    if (this.#isFetching || this.#isClosed || this.#ready.length > 0 || this.#out.size >= FETCH_MAX) return;
    if (this.#timer !== null || this.#nextDueAtMs === Infinity) return;
    this.#isFetching = true;
    this.#fetch()
      .finally(() => {
        this.#isFetching = false;
      })
      .then(() => {
        this.#fetchIfDue();
      })
      .catch(this.#options.onFailure);
  }

  async #fetch(): Promise<void> {
    const { store, lane, term, clock } = this.#options;
    this.#nextDueAtMs = Infinity;
    this.#settledMeanwhile.clear();
    // What is out is answered again, soonest first, so it is asked for on top. One look serves both questions: what
    // is due now, and when the next will be.
    const asked = FETCH_MAX + this.#out.size;
    const parked = await store.due(lane, term, Number.MAX_SAFE_INTEGER, asked);
    if (this.#isClosed) return;
    const nowMs = clock.nowMs();
    const fresh = parked.filter(({ position }) => !this.#out.has(position) && !this.#settledMeanwhile.has(position));
    const due = fresh.filter(({ dueAtMs }) => dueAtMs !== null && dueAtMs <= nowMs);
    await this.#prepare(due);
    const later = fresh.find(({ dueAtMs }) => dueAtMs !== null && dueAtMs > nowMs);
    if (later?.dueAtMs != null) this.dueAt(later.dueAtMs);
    else if (parked.length === asked) this.dueAt(nowMs);
  }

  /** Sorts out what cannot be tried, and fetches the events of the rest. */
  async #prepare(due: readonly Parked[]): Promise<void> {
    if (due.length === 0) return;
    const { store, lane, term, log, onDead, onReady } = this.#options;
    for (const { position } of due) this.#out.add(position);
    const suspects = due.filter(({ suspicion }) => suspicion === 1).map(({ position }) => position);
    if (suspects.length > 0) await store.begin(lane, term, suspects);
    const events = await log.get(due.map(({ position }) => position));
    if (this.#isClosed) return;
    for (const parked of due) {
      const event = events.get(parked.position);
      if (parked.suspicion > crashesMax) onDead(parked, 'process_crashed');
      else if (event === undefined || event.body === '') onDead(parked, 'event_expired');
      else (isCareful(parked) ? this.#careful : this.#ready).push({ parked, event });
    }
    onReady();
  }
}

/** It was found in flight when the process died. */
function isCareful({ suspicion }: Parked): boolean {
  return suspicion > 1;
}
