import type { DatabaseSync } from 'node:sqlite';
import { windowEventsMax } from '../../domain/limits.ts';
import type { Horizon } from '../../domain/retention.ts';
import { historyBeforeBySize } from './history-bytes.ts';

/** Rows, or positions, that one step looks at: about 10 ms, for so long a settlement may have to wait. */
const STEP = windowEventsMax;
const MINUTE_MS = 60_000;

/** Runs a step as one transaction, and answers what it answers: whether there may be more. */
type InTransaction = (step: () => boolean) => boolean;

/**
 * Forgets history beyond a horizon, in short transactions: each value that is yielded is a moment at which others
 * may write. What a lane still needs stays whatever its age: parked deliveries with their attempts, and all that is
 * above the floor, which says what to skip when the lane is held again.
 *
 * Attempts have no index by time, since that would cost as much as the rows. Instead each lane is searched from its
 * lowest position up to the first window's worth of positions that has nothing old: a lane takes events in order and
 * at most a window past its floor, so what lies beyond began later still.
 */
export function* prunedSteps(db: DatabaseSync, horizon: Horizon, run: InTransaction): Generator<void, void, void> {
  const sql = prepare(db);
  const { bytesMax } = horizon;
  const beforeMs = bytesMax === null ? horizon.beforeMs : Math.max(horizon.beforeMs, historyBeforeBySize(db, bytesMax));
  if (beforeMs === -Infinity) return;
  const lanes = sql.lanes.all() as unknown as readonly LaneRow[];
  const minute = Math.floor(beforeMs / MINUTE_MS);

  while (run(() => Number(sql.dropFinished.run(beforeMs).changes) > 0)) yield;
  for (const { id, is_dropped: isDropped, floor } of lanes) {
    yield* pruneAttempts(sql, run, { lane: id, floor: isDropped === 1 ? Number.MAX_SAFE_INTEGER : floor, beforeMs });
    for (const drop of [sql.dropCounts, sql.dropEnded, sql.dropErrors])
      while (run(() => Number(drop.run({ lane: id, minute }).changes) > 0)) yield;
    if (isDropped === 1) run(() => sql.dropLane.run({ lane: id }).changes > 0);
  }
  for (const drop of [sql.dropOwed, sql.dropBytes]) while (run(() => Number(drop.run(minute).changes) > 0)) yield;
}

function* pruneAttempts(
  sql: ReturnType<typeof prepare>,
  run: InTransaction,
  { lane, floor, beforeMs }: { readonly lane: number; readonly floor: number; readonly beforeMs: number },
): Generator<void, void, void> {
  let after = 0;
  const more = (): boolean => {
    const { upTo } = sql.range.get({ lane, after, floor }) as { upTo: number | null };
    if (upTo === null) return false;
    const range = { lane, after, upTo, beforeMs };
    if (sql.anyOld.get(range) === undefined) return false;
    for (const { detail } of sql.dropAttempts.all(range)) if (detail != null) sql.dropDetail.run({ detail });
    after = upTo;
    return true;
  };
  while (run(more)) yield;
}

interface LaneRow {
  readonly id: number;
  readonly floor: number;
  readonly is_dropped: number;
}

function prepare(db: DatabaseSync) {
  return {
    lanes: db.prepare('select id, floor, is_dropped from lane'),
    // In the order of the index on `at`; the old ones above a floor, which stay, are a window's worth at most.
    dropFinished: db.prepare(`
      delete from finished where (lane, position) in (
        select finished.lane, position from finished join lane on lane.id = finished.lane
        where at < ? and (is_dropped = 1 or position <= floor)
        order by at limit ${STEP})`),
    range: db.prepare(`
      select max(position) as upTo from (
        select distinct position from attempt where lane = :lane and position > :after and position <= :floor
        order by position limit ${STEP})`),
    anyOld: db.prepare(`
      select 1 from attempt where lane = :lane and position > :after and position <= :upTo and at < :beforeMs limit 1`),
    dropAttempts: db.prepare(`
      delete from attempt
      where lane = :lane and position > :after and position <= :upTo and at < :beforeMs
        and not exists (
          select 1 from parked where parked.lane = attempt.lane and parked.position = attempt.position)
      returning detail`),
    dropDetail: db.prepare(`
      delete from attempt_detail where id = :detail and not exists (select 1 from attempt where detail = :detail)`),
    dropCounts: db.prepare(`
      delete from minute_count where lane = :lane and minute < :minute and minute <= (
        select max(minute) from (
          select minute from minute_count where lane = :lane order by minute limit ${STEP}))`),
    dropEnded: db.prepare(`
      delete from ended_minute where (lane, minute) in (
        select lane, minute from ended_minute where lane = :lane and minute < :minute order by minute limit ${STEP})`),
    dropErrors: db.prepare(`
      delete from error_minute where (lane, minute, endpoint, code) in (
        select lane, minute, endpoint, code from error_minute where lane = :lane and minute < :minute
        order by minute limit ${STEP})`),
    dropOwed: db.prepare(`
      delete from owed_minute where (minute, destination) in (
        select minute, destination from owed_minute where minute < ? order by minute limit ${STEP})`),
    // Last, so that a size which was not reached, because the process ended on the way, is reached the next time.
    dropBytes: db.prepare(`
      delete from history_minute where minute in (
        select minute from history_minute where minute < ? order by minute limit ${STEP})`),
    dropLane: db.prepare(`
      delete from lane where id = :lane
        and not exists (select 1 from attempt where lane = :lane)
        and not exists (select 1 from finished where lane = :lane)
        and not exists (select 1 from minute_count where lane = :lane)
        and not exists (select 1 from ended_minute where lane = :lane)
        and not exists (select 1 from error_minute where lane = :lane)`),
  };
}
