import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type AttemptRecord, failureCodeOf } from '../../domain/attempt.ts';
import { type Ended, endedOf, type Finished, type Parked, type PausedEndpoint } from '../../domain/delivery.ts';
import { ErasedEvents } from '../../domain/erased-events.ts';
import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import { LATENCY_BUCKETS_MS, type MinuteCount, type Settlement } from '../../ports/delivery-store.ts';
import type { HeldLane } from './delivery-lanes.ts';
import { NEXT_OF_USER, OUTCOME_CODES } from './delivery-rows.ts';
import { ReplayProgressRows } from './replay-progress.ts';
import { type HistoryBytes, ROW_BYTES } from './history-bytes.ts';

/**
 * Writes settlements as rows, inside the caller's transaction.
 *
 * The plain case, a success at the first attempt, is one row in `attempt` and nothing else: it says by itself that
 * the delivery is delivered, and above `HeldLane.rowsUpTo` there is no other row to remove.
 */
export class DeliverySettling {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #bytes: HistoryBytes;
  readonly #replays: ReplayProgressRows;
  /** Ids in the table `endpoint` by URL. */
  #endpoints = new Map<string, number>();
  readonly #erased = new ErasedEvents();

  constructor(db: DatabaseSync, bytes: HistoryBytes) {
    this.#sql = prepare(db);
    this.#bytes = bytes;
    this.#replays = new ReplayProgressRows(db);
  }

  /** Call it when the transaction failed: ids that it gave are gone. */
  rolledBack(): void {
    this.#endpoints = new Map();
    this.#bytes.rolledBack();
  }

  /** From now on keeps nothing of what receivers answered to these events. */
  forget(positions: readonly Position[]): void {
    this.#erased.add(positions);
  }

  write(lane: HeldLane, { floor, atMs, finished, parked, attempts, counts, expired, paused }: Settlement): void {
    this.#sql.raiseFloor.run({ floor, lane: lane.id });
    if (expired > 0) this.#sql.addExpired.run({ expired, lane: lane.id });
    if (finished.length > 0) this.#countEnded(lane, endedOf(finished), atMs);
    const succeeded = new Set<Position>();
    for (const attempt of attempts) this.#writeAttempt(lane.id, attempt, succeeded);
    const users = new Set<string>();
    for (const one of finished) {
      const user = this.#removeParked(lane, one.position);
      if (user !== null) users.add(user);
      if (one.state === 'delivered' && succeeded.has(one.position)) this.#removeFinished(lane, one.position);
      else this.#writeFinished(lane, one, atMs);
    }
    for (const one of parked) this.#writeParked(lane, one);
    for (const user of users) this.#sql.nextOfUser.run({ lane: lane.id, user, nowMs: atMs });
    for (const count of counts) this.#addCount(lane.id, count);
    this.#countErrors(lane.id, attempts);
    this.pause(paused);
    this.#bytes.write();
  }

  /** So many deliveries of a lane that is dropped were cancelled. */
  cancelled(lane: number, count: number, atMs: number): void {
    if (count > 0) this.#addEnded(lane, { delivered: 0, dead: 0, cancelled: count }, atMs);
    this.#bytes.write();
  }

  pause(endpoints: readonly PausedEndpoint[]): void {
    for (const { destination, url, reason, sinceMs } of endpoints)
      this.#sql.pause.run(destination, url, reason, sinceMs);
  }

  /** @param succeeded gets the deliveries of which a row now says that they were delivered */
  #writeAttempt(lane: number, attempt: AttemptRecord, succeeded: Set<Position>): void {
    const { positions, atMs, number, durationMs, outcome, status, errorCode } = attempt;
    const exchange = this.#erased.hasAny(positions) ? null : attempt.exchange;
    const endpoint = this.#endpointId(attempt.endpoint);
    let detail: number | null = null;
    if (errorCode !== null || exchange !== null) {
      const first = positions[0];
      assert(first !== undefined, 'an attempt is for at least one delivery');
      // Settled before: it has its detail, and a second one would belong to nobody.
      if (this.#sql.hasAttempt.get(lane, first, atMs, number, endpoint) !== undefined) return;
      detail = this.#sql.addDetail.run(errorCode, exchange).lastInsertRowid as number;
      this.#bytes.add(atMs, ROW_BYTES.detail + Buffer.byteLength(exchange ?? ''));
    }
    const ms = Math.round(durationMs);
    const code = OUTCOME_CODES[outcome];
    for (const position of positions) {
      const { changes } = this.#sql.addAttempt.run(lane, position, atMs, number, endpoint, ms, code, status, detail);
      if (outcome === 'succeeded' && changes === 1) succeeded.add(position);
    }
    this.#bytes.add(atMs, positions.length * ROW_BYTES.attempt);
  }

  #writeFinished(lane: HeldLane, { position, state, reason }: Finished, atMs: number): void {
    this.#sql.putFinished.run(lane.id, position, state, reason, atMs);
    this.#bytes.add(atMs, ROW_BYTES.finished);
    lane.rowsUpTo = Math.max(lane.rowsUpTo, position);
  }

  #writeParked(lane: HeldLane, { position, attempts, user, batch, dueAtMs, suspicion }: Parked): void {
    this.#removeFinished(lane, position);
    this.#sql.putParked.run(lane.id, position, attempts, user, batch, dueAtMs, suspicion);
    lane.rowsUpTo = Math.max(lane.rowsUpTo, position);
  }

  /** Answers the user for whom it was parked. */
  #removeParked(lane: HeldLane, position: Position): string | null {
    if (position > lane.rowsUpTo) return null;
    const row = this.#sql.removeParked.get(lane.id, position) as { readonly user: string | null } | undefined;
    return row?.user ?? null;
  }

  #removeFinished(lane: HeldLane, position: Position): void {
    if (position <= lane.rowsUpTo) this.#sql.removeFinished.run(lane.id, position);
  }

  #addCount(lane: number, { minute, endpoint, outcome, latencyBuckets }: MinuteCount): void {
    assert(latencyBuckets.length === BUCKETS.length, 'a count has all latency buckets');
    const values = [lane, minute, this.#endpointId(endpoint), outcome] satisfies SQLInputValue[];
    this.#sql.addCount.run(...values, ...latencyBuckets);
    this.#bytes.addCount(minute, values.join(' '), ROW_BYTES.count);
  }

  /** One statement for all that failed alike: an endpoint that is down fails a window at a time. */
  #countErrors(lane: number, attempts: readonly AttemptRecord[]): void {
    const alike = new Map<
      string,
      { readonly of: readonly [number, number, string]; count: number; lastAtMs: number }
    >();
    for (const attempt of attempts) {
      const code = failureCodeOf(attempt);
      if (code === null) continue;
      const minute = Math.floor(attempt.atMs / MINUTE_MS);
      const endpoint = this.#endpointId(attempt.endpoint);
      const key = `${minute} ${endpoint} ${code}`;
      const before = alike.get(key);
      if (before === undefined) alike.set(key, { of: [minute, endpoint, code], count: 1, lastAtMs: attempt.atMs });
      else {
        before.count += 1;
        before.lastAtMs = Math.max(before.lastAtMs, attempt.atMs);
      }
    }
    for (const [key, { of, count, lastAtMs }] of alike) {
      this.#sql.addErrors.run(lane, ...of, count, lastAtMs);
      this.#bytes.addCount(of[0], `${lane} error ${key}`, ROW_BYTES.error);
    }
  }

  #countEnded({ id, isReplay }: HeldLane, ended: Ended, atMs: number): void {
    if (isReplay) this.#replays.count(id, ended);
    this.#addEnded(id, ended, atMs);
  }

  #addEnded(lane: number, { delivered, dead, cancelled }: Ended, atMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    this.#sql.addEnded.run(lane, minute, delivered, dead, cancelled);
    this.#bytes.addCount(minute, `${lane} ended`, ROW_BYTES.ended);
  }

  #endpointId(url: string): number {
    const known = this.#endpoints.get(url);
    if (known !== undefined) return known;
    this.#sql.addEndpoint.run(url);
    const { id } = this.#sql.endpoint.get(url) as { id: number };
    this.#endpoints.set(url, id);
    return id;
  }
}

const MINUTE_MS = 60_000;

/** Columns of `minute_count`: one per bound, and one for everything above. */
const BUCKETS = Array.from({ length: LATENCY_BUCKETS_MS.length + 1 }, (_, index) => `bucket_${index}`);

function prepare(db: DatabaseSync) {
  return {
    raiseFloor: db.prepare('update lane set floor = :floor where id = :lane and floor < :floor'),
    addExpired: db.prepare('update lane set expired = expired + :expired where id = :lane'),
    addEndpoint: db.prepare('insert into endpoint (url) values (?) on conflict do nothing'),
    endpoint: db.prepare('select id from endpoint where url = ?'),
    addAttempt: db.prepare('insert into attempt values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing'),
    hasAttempt: db.prepare(
      'select 1 from attempt where lane = ? and position = ? and at = ? and number = ? and endpoint = ?',
    ),
    addDetail: db.prepare('insert into attempt_detail (error_code, exchange) values (?, ?)'),
    putFinished: db.prepare(
      'insert or replace into finished (lane, position, state, reason, at) values (?, ?, ?, ?, ?)',
    ),
    removeFinished: db.prepare('delete from finished where lane = ? and position = ?'),
    putParked: db.prepare(`
      insert or replace into parked (lane, position, attempts, user, batch, due_at, suspicion)
      values (?, ?, ?, ?, ?, ?, ?)`),
    pause: db.prepare(
      'insert into paused (destination, url, reason, since) values (?, ?, ?, ?) on conflict do nothing',
    ),
    removeParked: db.prepare('delete from parked where lane = ? and position = ? returning user'),
    nextOfUser: db.prepare(NEXT_OF_USER),
    addCount: db.prepare(`
      insert into minute_count values (?, ?, ?, ?, ${BUCKETS.map(() => '?').join(', ')})
      on conflict do update set ${BUCKETS.map((bucket) => `${bucket} = ${bucket} + excluded.${bucket}`).join(', ')}`),
    addEnded: db.prepare(`
      insert into ended_minute (lane, minute, delivered, dead, cancelled) values (?, ?, ?, ?, ?)
      on conflict do update set delivered = delivered + excluded.delivered, dead = dead + excluded.dead,
        cancelled = cancelled + excluded.cancelled`),
    addErrors: db.prepare(`
      insert into error_minute (lane, minute, endpoint, code, attempts, last_at) values (?, ?, ?, ?, ?, ?)
      on conflict do update set attempts = attempts + excluded.attempts, last_at = max(last_at, excluded.last_at)`),
  };
}
