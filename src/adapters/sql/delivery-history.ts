import type { DatabaseSync } from 'node:sqlite';
import type { AttemptErrorCode, Outcome } from '../../domain/attempt.ts';
import type { DeliveryKey } from '../../domain/delivery-id.ts';
import type { DeliveryState } from '../../domain/delivery.ts';
import type { DiskUse } from '../../domain/disk.ts';
import type { Position } from '../../domain/event.ts';
import { destinationIdOf } from '../../domain/lane-plan.ts';
import type {
  CountAsk,
  Counts,
  DeadCount,
  DeliveryAsk,
  DeliveryHistory,
  DeliveryRecord,
  EventDeliveries,
  PastAttempt,
} from '../../ports/delivery-history.ts';
import { minuteCounts } from './minute-counts.ts';
import { OUTCOME_CODES } from './delivery-rows.ts';
import { historyDays } from './history-bytes.ts';
import { damageOf, databaseBytes, openSqliteReadOnly, pageBytes } from './sqlite.ts';

/**
 * Reads the delivery store's file by a connection of its own, opened when it is first asked: the file is there once
 * something was delivered from it.
 */
export function openSqliteDeliveryHistory(file: string): DeliveryHistory {
  return new SqliteDeliveryHistory(file);
}

class SqliteDeliveryHistory implements DeliveryHistory {
  readonly #file: string;
  #reader: HistoryReader | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  async list(ask: DeliveryAsk): Promise<readonly DeliveryRecord[]> {
    return Promise.resolve(this.#read((reader) => reader.list(ask)));
  }

  async get(key: DeliveryKey): Promise<DeliveryRecord | null> {
    return Promise.resolve(this.#read((reader) => reader.get(key)));
  }

  async ofEvent(position: Position): Promise<EventDeliveries> {
    return Promise.resolve(this.#read((reader) => reader.ofEvent(position)));
  }

  async dead(destination: string, rowsMax: number): Promise<DeadCount> {
    return Promise.resolve(this.#read((reader) => reader.dead(destination, rowsMax)));
  }

  async counts(ask: CountAsk): Promise<Counts> {
    return Promise.resolve(this.#read(({ db }) => minuteCounts(db, ask)));
  }

  async use(): Promise<DiskUse> {
    const { unusedBytes, days } = this.#read(({ db }) => ({ ...pageBytes(db), days: historyDays(db) }));
    return Promise.resolve({ bytes: databaseBytes(this.#file), unusedBytes, days });
  }

  async close(): Promise<void> {
    this.#reader?.db.close();
    this.#reader = null;
    return Promise.resolve();
  }

  /** One transaction, so that all is of one moment. */
  #read<T>(read: (reader: HistoryReader) => T): T {
    try {
      this.#reader ??= new HistoryReader(openSqliteReadOnly(this.#file));
      const { db } = this.#reader;
      db.exec('begin');
      try {
        return read(this.#reader);
      } finally {
        db.exec('commit');
      }
    } catch (error) {
      throw damageOf(this.#file, error) ?? error;
    }
  }
}

class HistoryReader {
  readonly db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.db = db;
    this.#sql = prepare(db);
  }

  list({ destination, state, after, before, from, max }: DeliveryAsk): readonly DeliveryRecord[] {
    const lanes = this.#lanes().filter(
      ({ name }) => destination === undefined || destinationIdOf(name) === destination,
    );
    const keys = lanes.flatMap((lane) => {
      const end = from === undefined ? before : Math.min(before, endFor(lane.id, from));
      return this.#positions(lane.id, state, { after, before: end, max }).map((position) => ({ lane, position }));
    });
    keys.sort((a, b) => b.position - a.position || b.lane.id - a.lane.id);
    return keys.slice(0, max).map(({ lane, position }) => this.#record(lane, position));
  }

  ofEvent(position: Position): EventDeliveries {
    const max = Number.MAX_SAFE_INTEGER;
    const deliveries = this.list({ after: position - 1, before: position + 1, max });
    const rows = this.#sql.floors.all() as unknown as readonly { readonly name: string; readonly floor: number }[];
    return { deliveries, floors: new Map(rows.map(({ name, floor }) => [name, floor])) };
  }

  get({ lane: id, position }: DeliveryKey): DeliveryRecord | null {
    const lane = this.#sql.lane.get(id) as LaneRow | undefined;
    if (lane === undefined) return null;
    const [found] = this.#positions(id, undefined, { after: position - 1, before: position + 1, max: 1 });
    return found === undefined ? null : this.#record(lane, position);
  }

  dead(destination: string, rowsMax: number): DeadCount {
    const lanes = this.#lanes().filter(
      ({ name, is_dropped: isDropped }) => isDropped === 0 && destinationIdOf(name) === destination,
    );
    const counts = lanes.map(({ id }) => this.#sql.dead.get({ lane: id, rowsMax }) as { rows: number; dead: number });
    return {
      count: counts.reduce((sum, { dead }) => sum + dead, 0),
      isAll: counts.every(({ rows }) => rows < rowsMax),
    };
  }

  #lanes(): readonly LaneRow[] {
    return this.#sql.lanes.all() as unknown as readonly LaneRow[];
  }

  /** Of deliveries in this state, or in any, newest first. */
  #positions(lane: number, state: DeliveryState | undefined, range: Range): readonly Position[] {
    const rows = this.#sql.positions[state ?? 'any'].all({ lane, ...range });
    return (rows as unknown as readonly { readonly position: number }[]).map(({ position }) => position);
  }

  #record({ id, name, is_dropped: isDropped }: LaneRow, position: Position): DeliveryRecord {
    const rows = this.#sql.attempts.all(id, position) as unknown as readonly AttemptRow[];
    const attempts = rows.map(attemptOf);
    return {
      lane: id,
      position,
      laneId: name,
      isLaneGone: isDropped === 1,
      ...this.#stateOf(id, position, attempts),
      attempts,
    };
  }

  /** A parked row says it, then a finished one, then the attempts. */
  #stateOf(
    lane: number,
    position: Position,
    attempts: readonly PastAttempt[],
  ): Pick<DeliveryRecord, 'state' | 'reason' | 'nextAttemptAtMs'> {
    const parked = this.#sql.parked.get(lane, position) as { readonly due_at: number | null } | undefined;
    if (parked !== undefined) return { state: 'pending', reason: null, nextAttemptAtMs: parked.due_at };
    const finished = this.#sql.finished.get(lane, position) as FinishedRow | undefined;
    if (finished !== undefined) return { ...finished, nextAttemptAtMs: null };
    const isDelivered = attempts.some(({ outcome }) => outcome === 'succeeded');
    return { state: isDelivered ? 'delivered' : 'pending', reason: null, nextAttemptAtMs: null };
  }
}

interface Range {
  readonly after: Position;
  readonly before: Position;
  readonly max: number;
}

interface LaneRow {
  readonly id: number;
  readonly name: string;
  readonly is_dropped: number;
}

interface FinishedRow {
  readonly state: Exclude<DeliveryState, 'pending'>;
  readonly reason: string | null;
}

interface AttemptRow {
  readonly at: number;
  readonly number: number;
  readonly url: string;
  readonly duration_ms: number;
  readonly outcome: number;
  readonly status: number | null;
  readonly error_code: AttemptErrorCode | null;
  readonly exchange: string | null;
}

const OUTCOME_BY_CODE = new Map<number, Outcome>(
  (Object.entries(OUTCOME_CODES) as [Outcome, number][]).map(([outcome, code]) => [code, outcome]),
);

function attemptOf({ at, number, url, duration_ms, outcome, status, error_code, exchange }: AttemptRow): PastAttempt {
  return {
    endpoint: url,
    number,
    atMs: at,
    durationMs: duration_ms,
    outcome: OUTCOME_BY_CODE.get(outcome) ?? 'failed',
    status,
    errorCode: error_code,
    exchange,
  };
}

/** Below which position a lane goes on after this delivery: of its own event, lanes that are older are still to come. */
function endFor(lane: number, from: DeliveryKey): Position {
  return lane < from.lane ? from.position + 1 : from.position;
}

const IN_RANGE = 'lane = :lane and position > :after and position < :before';
const NEWEST = 'order by position desc limit :max';
const PARKED = `select position from parked where ${IN_RANGE}`;
const FINISHED = `select position from finished where ${IN_RANGE}`;
const ATTEMPTED = `select distinct position from attempt where ${IN_RANGE}`;
/** Attempts alone say what became of it. */
const WITHOUT_ROWS = `
  and not exists (select 1 from parked where parked.lane = attempt.lane and parked.position = attempt.position)
  and not exists (select 1 from finished where finished.lane = attempt.lane and finished.position = attempt.position)`;
const NOT_PARKED = `
  and not exists (select 1 from parked where parked.lane = finished.lane and parked.position = finished.position)`;
/** Below its lane's floor, what has no row and no success does not exist. One bound, because an index is searched by one. */
const ABOVE_FLOOR = `
  lane = :lane and position > max(:after, (select floor from lane where id = :lane)) and position < :before`;
const SUCCEEDED = `outcome = ${OUTCOME_CODES.succeeded}`;

/** The newest of each, and of these the newest. */
function newestOf(...selects: readonly string[]): string {
  return `${selects.map((select) => `select position from (${select} ${NEWEST})`).join(' union ')} ${NEWEST}`;
}

function prepare(db: DatabaseSync) {
  const without = `${ATTEMPTED} ${WITHOUT_ROWS}`;
  const succeeded = `select 1 from attempt as other
    where other.lane = attempt.lane and other.position = attempt.position and other.${SUCCEEDED}`;
  const undecided = `
    select distinct position from attempt where ${ABOVE_FLOOR} ${WITHOUT_ROWS} and not exists (${succeeded})`;
  return {
    lanes: db.prepare('select id, name, is_dropped from lane'),
    floors: db.prepare('select name, floor from lane where is_dropped = 0'),
    lane: db.prepare('select id, name, is_dropped from lane where id = ?'),
    positions: {
      any: db.prepare(newestOf(PARKED, FINISHED, ATTEMPTED)),
      pending: db.prepare(newestOf(PARKED, undecided)),
      delivered: db.prepare(
        newestOf(`${FINISHED} and state = 'delivered' ${NOT_PARKED}`, `${without} and ${SUCCEEDED}`),
      ),
      dead: db.prepare(newestOf(`${FINISHED} and state = 'dead' ${NOT_PARKED}`)),
      cancelled: db.prepare(newestOf(`${FINISHED} and state = 'cancelled' ${NOT_PARKED}`)),
    },
    parked: db.prepare('select due_at from parked where lane = ? and position = ?'),
    finished: db.prepare('select state, reason from finished where lane = ? and position = ?'),
    dead: db.prepare(`
      select count(*) as rows, coalesce(sum(state = 'dead' ${NOT_PARKED}), 0) as dead
      from (select lane, position, state from finished where lane = :lane order by position desc limit :rowsMax)
        as finished`),
    attempts: db.prepare(`
      select at, number, url, duration_ms, outcome, status, error_code, attempt_detail.exchange from attempt
      join endpoint on endpoint.id = attempt.endpoint
      left join attempt_detail on attempt_detail.id = attempt.detail
      where lane = ? and position = ? order by at, number, attempt.endpoint`),
  };
}
