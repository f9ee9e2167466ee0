import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { LaneId, Parked, PausedEndpoint } from '../../domain/delivery.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import type { ReplayProgress } from '../../domain/replay.ts';
import type { DeliveryStore, Grant, OwedSample, Settlement } from '../../ports/delivery-store.ts';
import { DeliveryErasing } from './delivery-erasing.ts';
import { DeliveryHandover } from './delivery-handover.ts';
import { DeliveryLanes } from './delivery-lanes.ts';
import { prunedSteps } from './delivery-pruning.ts';
import { ReplayProgressRows } from './replay-progress.ts';
import { parkedOf, type ParkedRow } from './delivery-rows.ts';
import { DeliverySettling } from './delivery-settling.ts';
import { HistoryBytes } from './history-bytes.ts';
import { OwedMinutes } from './owed-minutes.ts';
import { emptyWriteAheadLog, explained, inTransaction, isDiskFull, openSqlite, overwriteDeleted } from './sqlite.ts';

/** Rows of one step: about 10 ms. */
const DISSOLVED_AT_ONCE = 5_000;

/**
 * Opens the delivery store of one process in one SQLite file, or in memory for `:memory:`.
 *
 * `synchronous=normal`: what is settled survives the process. A power cut takes the newest settlements back, floor and
 * rows together.
 *
 * @param nowMs when this is: parked deliveries that are due by now may have been in flight if the last stop was unclean
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqliteDeliveryStore(options: { readonly file: string; readonly nowMs: number }): DeliveryStore {
  const db = openSqlite(options.file, { synchronous: 'normal', kind: 'delivery' });
  return explained(options.file, () => startDeliveryStore(db, options.nowMs));
}

/** Starts the store over an open connection, which it closes: wherever the database is, this process now owns it. */
export function startDeliveryStore(db: DatabaseSync, nowMs: number): DeliveryStore {
  overwriteDeleted(db);
  noteStart(db, nowMs);
  return new SqliteDeliveryStore(db);
}

/**
 * The delivery store over one connection, which it closes. Every method does all its work before it returns its
 * promise, so that no two are ever inside one transaction.
 */
export class SqliteDeliveryStore implements DeliveryStore {
  readonly #db: DatabaseSync;
  readonly #lanes: DeliveryLanes;
  readonly #settling: DeliverySettling;
  readonly #handover: DeliveryHandover;
  readonly #replays: ReplayProgressRows;
  readonly #erasing: DeliveryErasing;
  readonly #owed: OwedMinutes;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#lanes = new DeliveryLanes(db);
    const bytes = new HistoryBytes(db);
    this.#settling = new DeliverySettling(db, bytes);
    this.#owed = new OwedMinutes(db, bytes);
    this.#handover = new DeliveryHandover(db);
    this.#replays = new ReplayProgressRows(db);
    this.#erasing = new DeliveryErasing(db);
    this.#sql = prepare(db);
  }

  async hold(
    node: string,
    lanes: readonly { readonly lane: LaneId; readonly startAt: Position }[],
    forMs: number,
  ): Promise<readonly Grant[]> {
    return Promise.resolve(forMs > 0 ? this.#take(node, lanes) : this.#giveBack(node, lanes));
  }

  async settle(batch: readonly Settlement[]): Promise<readonly LaneId[]> {
    const over = new Set<LaneId>();
    this.#write(() => {
      for (const settlement of batch) {
        const lane = this.#lanes.underTerm(settlement.lane, settlement.term);
        if (lane === null) over.add(settlement.lane);
        else this.#settling.write(lane, settlement);
      }
    });
    return Promise.resolve([...over]);
  }

  async due(lane: LaneId, term: number, untilMs: number, max: number): Promise<readonly Parked[]> {
    const held = this.#lanes.underTerm(lane, term);
    if (held === null) return Promise.resolve([]);
    const rows = this.#sql.due.all(held.id, untilMs, max) as unknown as readonly ParkedRow[];
    return Promise.resolve(rows.map(parkedOf));
  }

  async batch(lane: LaneId, term: number, batch: string): Promise<readonly Parked[]> {
    const held = this.#lanes.underTerm(lane, term);
    if (held === null) return Promise.resolve([]);
    const rows = this.#sql.batch.all(held.id, batch) as unknown as readonly ParkedRow[];
    return Promise.resolve(rows.map(parkedOf));
  }

  async begin(lane: LaneId, term: number, positions: readonly Position[]): Promise<void> {
    const held = this.#lanes.underTerm(lane, term);
    if (held === null) return Promise.resolve();
    this.#write(() => {
      for (const position of positions) this.#sql.begin.run(held.id, position);
    });
    return Promise.resolve();
  }

  async dissolveOrder(lane: LaneId, term: number, nowMs: number): Promise<void> {
    const held = this.#lanes.underTerm(lane, term);
    if (held === null) return;
    const step = { lane: held.id, nowMs, max: DISSOLVED_AT_ONCE };
    while (this.#db.isOpen && this.#write(() => this.#sql.dissolveOrder.run(step).changes) !== 0) await turn();
  }

  async retryNow(
    lane: LaneId,
    positions: readonly Position[] | 'all dead',
    nowMs: number,
    max: number,
  ): Promise<number> {
    const id = this.#lanes.idOf(lane);
    if (id === null) return Promise.resolve(0);
    const retried = this.#write(() => {
      const dead = positions === 'all dead' ? this.#oldestDead(id, max) : positions.slice(0, max);
      const count = dead.filter((position) => this.#retry(id, position, nowMs)).length;
      this.#replays.retried(id, count);
      return count;
    });
    return Promise.resolve(retried);
  }

  async progress(lanes: readonly LaneId[]): Promise<ReadonlyMap<LaneId, ReplayProgress>> {
    return Promise.resolve(this.#replays.read(lanes));
  }

  async floors(): Promise<ReadonlyMap<LaneId, Position>> {
    return Promise.resolve(this.#lanes.floors());
  }

  async oldestParked(): Promise<ReadonlyMap<LaneId, Position>> {
    return Promise.resolve(this.#lanes.oldestParked());
  }

  async drop(lane: LaneId, reason: string, nowMs: number): Promise<void> {
    const id = this.#lanes.idOf(lane);
    if (id === null) return Promise.resolve();
    this.#write(() => {
      this.#settling.cancelled(id, this.#drop(id, reason, nowMs), nowMs);
    });
    this.#lanes.end(lane);
    return Promise.resolve();
  }

  async handOver(from: readonly LaneId[], to: readonly LaneId[], reason: string, nowMs: number): Promise<void> {
    const ids = from.map((lane) => this.#lanes.idOf(lane)).filter((id) => id !== null);
    if (ids.length === 0) return Promise.resolve();
    this.#write(() => {
      this.#handover.write(ids, to, nowMs);
      for (const id of ids) this.#drop(id, reason, nowMs);
    });
    for (const lane of from) this.#lanes.end(lane);
    return Promise.resolve();
  }

  async prune(beforeMs: number, bytesMax: number | null = null): Promise<void> {
    const steps = prunedSteps(this.#db, { beforeMs, bytesMax }, (step) => this.#write(step));
    while (this.#db.isOpen && steps.next().done !== true) await turn();
  }

  async erase(positions: readonly Position[], nowMs: number): Promise<void> {
    this.#write(() => {
      this.#erasing.write(positions, nowMs);
    });
    this.#settling.forget(positions);
    emptyWriteAheadLog(this.#db);
    return Promise.resolve();
  }

  async noteOwed(minute: number, samples: readonly OwedSample[]): Promise<void> {
    this.#write(() => {
      this.#owed.write(minute, samples);
    });
    return Promise.resolve();
  }

  async paused(): Promise<readonly PausedEndpoint[]> {
    const rows = this.#sql.paused.all() as unknown as readonly PausedEndpoint[];
    return Promise.resolve(rows.map((row) => ({ ...row })));
  }

  async pause(endpoints: readonly PausedEndpoint[]): Promise<void> {
    this.#write(() => {
      this.#settling.pause(endpoints);
    });
    this.#sync();
    return Promise.resolve();
  }

  async resume(endpoints: readonly Pick<PausedEndpoint, 'destination' | 'url'>[]): Promise<void> {
    this.#write(() => {
      for (const { destination, url } of endpoints) this.#sql.resume.run(destination, url);
    });
    this.#sync();
    return Promise.resolve();
  }

  async sync(): Promise<void> {
    this.#sync();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return Promise.resolve();
    try {
      noteStop(this.#db);
    } catch (error) {
      // Then the next start takes this stop for an unclean one, which costs it a little.
      if (!isDiskFull(error, this.#db)) throw error;
    } finally {
      this.#db.close();
    }
    return Promise.resolve();
  }

  #take(node: string, lanes: readonly { readonly lane: LaneId; readonly startAt: Position }[]): readonly Grant[] {
    const startAtByLane = new Map(lanes.map(({ lane, startAt }) => [lane, startAt]));
    const isAnyNew = lanes.some(({ lane }) => this.#lanes.idOf(lane) === null);
    const taken = this.#write(() =>
      [...startAtByLane].flatMap(([lane, startAt]) => this.#lanes.take(node, lane, startAt) ?? []),
    );
    for (const { held, grant } of taken) this.#lanes.keep(grant.lane, held);
    if (isAnyNew) this.#sync();
    return taken.map(({ grant }) => grant);
  }

  /** Answers how many were parked. */
  #drop(id: number, reason: string, nowMs: number): number {
    this.#replays.cancelParked(id);
    this.#sql.cancelParked.run({ lane: id, reason, nowMs });
    const { changes } = this.#sql.removeParked.run(id);
    this.#sql.dropLane.run(id);
    return Number(changes);
  }

  #giveBack(node: string, lanes: readonly { readonly lane: LaneId }[]): readonly Grant[] {
    for (const { lane } of lanes) this.#lanes.giveBack(node, lane);
    return [];
  }

  #sync(): void {
    try {
      this.#db.exec('pragma wal_checkpoint(passive)');
    } catch (error) {
      // Without room to copy it: the write-ahead log itself was synced before.
      if (!isDiskFull(error, this.#db)) throw error;
    }
  }

  #oldestDead(lane: number, max: number): readonly Position[] {
    const rows = this.#sql.dead.all(lane, max) as unknown as readonly { readonly position: number }[];
    return rows.map(({ position }) => position);
  }

  /** Answers whether the delivery was dead. Its user is not put back: a retry by hand breaks the order anyway. */
  #retry(lane: number, position: Position, nowMs: number): boolean {
    if (this.#sql.removeDead.run(lane, position).changes === 0) return false;
    this.#sql.parkNow.run(lane, position, nowMs);
    return true;
  }

  #write<T>(write: () => T): T {
    try {
      return inTransaction(this.#db, write);
    } catch (error) {
      this.#settling.rolledBack();
      if (isDiskFull(error, this.#db)) throw new SluiceError('store_full', {}, error);
      throw error;
    }
  }
}

/**
 * Learns whether the last stop was clean, and notes that the next one isn't until it is. After an unclean one each
 * lane's next grant says so; parked deliveries that were noted in flight are suspected one more, and those that were
 * due, and so may have been in flight unnoted, a first time.
 */
function noteStart(db: DatabaseSync, nowMs: number): void {
  inTransaction(db, () => {
    const { is_clean: isClean } = db.prepare('select is_clean from store').get() as { is_clean: number };
    if (isClean === 0) {
      db.exec('update lane set was_unclean = 1 where is_dropped = 0');
      db.prepare('update parked set suspicion = 1 where suspicion = 0 and (due_at <= ? or in_flight = 1)').run(nowMs);
      db.exec('update parked set suspicion = suspicion + 1, in_flight = 0 where in_flight = 1');
    }
    db.exec('update store set is_clean = 0');
  });
  // Synced now: a power cut must not take back the note and so make the stop look clean.
  db.exec('pragma wal_checkpoint(passive)');
}

function noteStop(db: DatabaseSync): void {
  inTransaction(db, () => {
    db.exec('update parked set in_flight = 0 where in_flight = 1');
    db.exec('update store set is_clean = 1');
  });
}

function prepare(db: DatabaseSync) {
  return {
    due: db.prepare(`
      select position, attempts, user, batch, due_at, suspicion from parked
      where lane = ? and due_at <= ? order by due_at, position limit ?`),
    batch: db.prepare(`
      select position, attempts, user, batch, due_at, suspicion from parked
      where lane = ? and batch = ? order by position`),
    begin: db.prepare('update parked set in_flight = 1 where lane = ? and position = ?'),
    dissolveOrder: db.prepare(`
      update parked set due_at = coalesce(due_at, :nowMs), user = null where lane = :lane and position in (
        select position from parked where lane = :lane and user is not null limit :max)`),
    dead: db.prepare("select position from finished where lane = ? and state = 'dead' order by position limit ?"),
    removeDead: db.prepare("delete from finished where lane = ? and position = ? and state = 'dead'"),
    parkNow: db.prepare(`
      insert into parked (lane, position, attempts, user, batch, due_at, suspicion)
      values (?, ?, 0, null, null, ?, 0)`),
    cancelParked: db.prepare(`
      insert or replace into finished (lane, position, state, reason, at)
      select lane, position, 'cancelled', :reason, :nowMs from parked where lane = :lane`),
    removeParked: db.prepare('delete from parked where lane = ?'),
    paused: db.prepare('select destination, url, reason, since as sinceMs from paused order by destination, url'),
    resume: db.prepare('delete from paused where destination = ? and url = ?'),
    dropLane: db.prepare('update lane set is_dropped = 1 where id = ?'),
  };
}
