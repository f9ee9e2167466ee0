import { batchSizeOf } from '../domain/batch-id.ts';
import type { LaneId, Parked } from '../domain/delivery.ts';
import type { BatchPolicy } from '../domain/destination.ts';
import { isErased } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import { crashesMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { DueClock } from './due-clock.ts';
import type { LaneLog } from './feed.ts';
import { Gathering } from './gathering.ts';

/** How many parked deliveries are fetched at a time, with their events. */
const FETCH_MAX = 128;
/** The same where they come in batches: so many of the largest. */
const BATCHES_MAX = 4;

/** Parked deliveries whose time has come, with their events: one, or those that go in one request. */
export interface Ready {
  readonly parked: readonly Parked[];
  readonly events: readonly LoggedEvent[];
  /** The batch that they are, and were; null for a new one, or for one alone. */
  readonly batch: string | null;
}

/** One of them. */
interface Due {
  readonly parked: Parked;
  readonly event: LoggedEvent;
}

export interface DueRetriesOptions {
  readonly lane: LaneId;
  readonly term: number;
  readonly policy: BatchPolicy | null;
  readonly log: LaneLog;
  readonly store: DeliveryStore;
  readonly ambient: Ambient;
  readonly clock: DueClock;
  /** Some are ready. */
  readonly onReady: () => void;
  /** This one will never be tried again: its event is gone, or kills the process. */
  readonly onDead: (parked: Parked, reason: 'event_expired' | 'event_erased' | 'process_crashed') => void;
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
 *
 * In a lane with batches, one that was tried comes back as it was, under its id. What is parked without a batch (after
 * a crash, by a retry by hand, or because others of its batch are gone) is gathered into new ones.
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
  readonly #outMax: number;

  constructor(options: DueRetriesOptions) {
    this.#options = options;
    this.#outMax = Math.max(FETCH_MAX, BATCHES_MAX * (options.policy?.maxEvents ?? 0));
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
    const careful = parked.filter(isCareful).map(({ position }) => position);
    if (careful.length > 0) store.begin(lane, term, careful).then(start).catch(onFailure);
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
    if (this.#isFetching || this.#isClosed || this.#ready.length > 0 || this.#out.size >= this.#outMax) return;
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
    const isAllTaken = await this.#prepare(due);
    const later = fresh.find(({ dueAtMs }) => dueAtMs !== null && dueAtMs > nowMs);
    if (!isAllTaken || (later === undefined && parked.length === asked)) this.dueAt(nowMs);
    else if (later?.dueAtMs != null) this.dueAt(later.dueAtMs);
  }

  /** Sorts out what cannot be tried, and fetches the events of the rest. Answers false when some of it was too much. */
  async #prepare(due: readonly Parked[]): Promise<boolean> {
    if (due.length === 0) return true;
    const { store, lane, term, log, onReady } = this.#options;
    const { taken, isAll } = await this.#withBatches(due);
    for (const { position } of taken) this.#out.add(position);
    const suspects = taken.filter(({ suspicion }) => suspicion === 1).map(({ position }) => position);
    if (suspects.length > 0) await store.begin(lane, term, suspects);
    const events = await log.get(taken.map(({ position }) => position));
    if (this.#isClosed) return true;
    const alive = taken.flatMap((parked): readonly Due[] => {
      const event = events.get(parked.position);
      return this.#isAlive(parked, event) ? [{ parked, event }] : [];
    });
    for (const each of alive) if (isCareful(each.parked)) this.#careful.push(readyOf([each], null));
    this.#ready.push(...this.#grouped(alive.filter(({ parked }) => !isCareful(parked))));
    onReady();
    return isAll;
  }

  /** What is due, with all of its batches, of which the store may have answered a part; and whether it is all of it. */
  async #withBatches(due: readonly Parked[]): Promise<{ readonly taken: readonly Parked[]; readonly isAll: boolean }> {
    const { store, lane, term } = this.#options;
    const taken: Parked[] = [];
    const batches = new Set<string>();
    for (const parked of due) {
      const { batch } = parked;
      if (batch !== null && batches.has(batch)) continue;
      if (taken.length > 0 && this.#out.size + taken.length >= this.#outMax) return { taken, isAll: false };
      if (batch === null) taken.push(parked);
      else taken.push(...(await store.batch(lane, term, batch)));
      if (batch !== null) batches.add(batch);
    }
    return { taken, isAll: true };
  }

  #isAlive(parked: Parked, event: LoggedEvent | undefined): event is LoggedEvent {
    const { onDead } = this.#options;
    if (parked.suspicion > crashesMax) onDead(parked, 'process_crashed');
    else if (event === undefined) onDead(parked, 'event_expired');
    else if (isErased(event)) onDead(parked, 'event_erased');
    else return true;
    return false;
  }

  /** As they go out: batches that are whole, and all others each by itself, or gathered into new batches. */
  #grouped(due: readonly Due[]): readonly Ready[] {
    const { policy } = this.#options;
    // A batch of before, when the destination had batches.
    if (policy === null) return due.map((each) => readyOf([each], null));
    const ready: Ready[] = [];
    const loose: Due[] = [];
    for (const [batch, members] of Map.groupBy(due, ({ parked }) => parked.batch)) {
      if (batch !== null && members.length === batchSizeOf(batch)) ready.push(readyOf(members, batch));
      else loose.push(...members);
    }
    for (const same of Map.groupBy(loose, ({ parked }) => parked.attempts).values())
      ready.push(...gathered(same, policy));
    return ready;
  }
}

function readyOf(due: readonly Due[], batch: string | null): Ready {
  return { parked: due.map(({ parked }) => parked), events: due.map(({ event }) => event), batch };
}

/** Deliveries with as many attempts each, in new batches. */
function gathered(due: readonly Due[], policy: BatchPolicy): readonly Ready[] {
  const gathering = new Gathering<Due>(policy);
  const ready: Ready[] = [];
  for (const each of due.toSorted((a, b) => a.parked.position - b.parked.position)) {
    if (!gathering.fits(each.event)) ready.push(readyOf(gathering.take(), null));
    // Measured anew where it is the first of the next.
    gathering.fits(each.event);
    gathering.add(each, 0);
  }
  if (!gathering.isEmpty) ready.push(readyOf(gathering.take(), null));
  return ready;
}

/** It was found in flight when the process died. */
function isCareful({ suspicion }: Parked): boolean {
  return suspicion > 1;
}
