import type { DatabaseSync } from 'node:sqlite';
import type { Outcome } from '../../domain/attempt.ts';
import { SluiceError } from '../../domain/errors.ts';
import { destinationIdOf } from '../../domain/lane-plan.ts';
import { LATENCY_BUCKETS_MS } from '../../ports/delivery-store.ts';
import type { AttemptCount, CountAsk, Counts, EndCount, ErrorCount, OwedCount } from '../../ports/delivery-history.ts';

const BUCKETS = Array.from({ length: LATENCY_BUCKETS_MS.length + 1 }, (_, index) => `bucket_${index}`);

/**
 * Sums up what was counted by the minute: a few rows for each minute and lane in which anything was attempted or ended,
 * and for each destination that was owed something.
 *
 * @throws SluiceError `invalid_parameter` when that may be more than was allowed
 */
export function minuteCounts(db: DatabaseSync, ask: CountAsk): Counts {
  const lanes = lanesOf(db, ask);
  const attempts = attemptCounts(db, lanes, ask);
  const ended = ask.endpoint === undefined ? endCounts(db, lanes, ask) : [];
  return { attempts, ended, owed: owedCounts(db, ask), errors: errorCounts(db, lanes, ask) };
}

interface LaneRow {
  readonly id: number;
  readonly name: string;
}

function lanesOf(db: DatabaseSync, { destination, from, to, minutesMax }: CountAsk): readonly LaneRow[] {
  const all = db.prepare('select id, name from lane').all() as unknown as readonly LaneRow[];
  const lanes = all.filter(({ name }) => destination === undefined || destinationIdOf(name) === destination);
  if (lanes.length * (to - from) > minutesMax)
    throw new SluiceError('invalid_parameter', {
      parameter: 'from',
      problem: 'begins too early for so many destinations; ask for a shorter time, or for one destination',
    });
  return lanes;
}

interface AttemptRow {
  readonly minute: number;
  readonly endpoint: string;
  readonly outcome: Outcome;
  readonly [bucket: string]: string | number;
}

function attemptCounts(
  db: DatabaseSync,
  lanes: readonly LaneRow[],
  { endpoint, from, to, step }: CountAsk,
): readonly AttemptCount[] {
  const sums = db.prepare(`
    select minute - minute % cast(:step as integer) as minute, url as endpoint, outcome,
      ${BUCKETS.map((bucket) => `sum(${bucket}) as ${bucket}`).join(', ')}
    from minute_count join endpoint on endpoint.id = minute_count.endpoint
    where lane = :lane and minute >= :from and minute < :to and (:endpoint is null or url = :endpoint)
    group by 1, 2, 3`);
  const counts = lanes.flatMap(({ id: lane, name }) => {
    const rows = sums.all({ lane, from, to, step, endpoint: endpoint ?? null }) as unknown as readonly AttemptRow[];
    return rows.map((row) => attemptCountOf(destinationIdOf(name), row));
  });
  return counts.sort((one, other) => one.minute - other.minute);
}

function attemptCountOf(destination: string, row: AttemptRow): AttemptCount {
  const { minute, endpoint, outcome } = row;
  return { minute, destination, endpoint, outcome, latencyBuckets: BUCKETS.map((bucket) => Number(row[bucket])) };
}

function endCounts(db: DatabaseSync, lanes: readonly LaneRow[], { from, to, step }: CountAsk): readonly EndCount[] {
  const sums = db.prepare(`
    select minute - minute % cast(:step as integer) as minute,
      sum(delivered) as delivered, sum(dead) as dead, sum(cancelled) as cancelled
    from ended_minute where lane = :lane and minute >= :from and minute < :to
    group by 1`);
  const counts = lanes.flatMap(({ id: lane, name }) => {
    const rows = sums.all({ lane, from, to, step }) as unknown as readonly Omit<EndCount, 'destination'>[];
    return rows.map((row) => ({ ...row, destination: destinationIdOf(name) }));
  });
  return counts.sort((one, other) => one.minute - other.minute);
}

interface ErrorRow {
  readonly code: string;
  readonly attempts: number;
  readonly lastAtMs: number;
}

/** Lanes of one destination are added up. */
function errorCounts(
  db: DatabaseSync,
  lanes: readonly LaneRow[],
  { endpoint, from, to }: CountAsk,
): readonly ErrorCount[] {
  const sums = db.prepare(`
    select code, sum(attempts) as attempts, max(last_at) as lastAtMs
    from error_minute join endpoint on endpoint.id = error_minute.endpoint
    where lane = :lane and minute >= :from and minute < :to and (:endpoint is null or url = :endpoint)
    group by 1`);
  const counts = new Map<string, ErrorCount>();
  for (const { id: lane, name } of lanes) {
    const destination = destinationIdOf(name);
    const rows = sums.all({ lane, from, to, endpoint: endpoint ?? null }) as unknown as readonly ErrorRow[];
    for (const { code, attempts, lastAtMs } of rows) {
      const key = `${destination} ${code}`;
      const before = counts.get(key) ?? { attempts: 0, lastAtMs: 0 };
      counts.set(key, {
        ...{ destination, code, attempts: before.attempts + attempts },
        lastAtMs: Math.max(before.lastAtMs, lastAtMs),
      });
    }
  }
  return [...counts.values()].sort(
    (one, other) => one.destination.localeCompare(other.destination) || other.attempts - one.attempts,
  );
}

/**
 * The rows are by minute. Of all destinations these are read in order, and of one that of each minute is looked for: of
 * those minutes alone for which there are any rows, however long ago was asked for.
 */
function owedCounts(db: DatabaseSync, { destination, from, to, step }: CountAsk): readonly OwedCount[] {
  const { first, last } = db
    .prepare('select (select min(minute) from owed_minute) as first, (select max(minute) from owed_minute) as last')
    .get() as unknown as { readonly first: number | null; readonly last: number | null };
  if (first === null || last === null) return [];
  const range = { from: Math.max(from, first), to: Math.min(to, last + 1) };
  const rows = destination === undefined ? ROWS_OF_ALL : ROWS_OF_ONE;
  const sums = db.prepare(`
    select minute - minute % cast(:step as integer) as minute, destination,
      max(waiting) as waiting, sum(is_held) as heldMinutes
    from ${rows} where minute >= :from and minute < :to group by 1, 2 order by 1, 2`);
  const found = sums.all({ ...range, step, ...(destination === undefined ? {} : { destination }) });
  return (found as unknown as readonly OwedCount[]).map((row) => ({ ...row }));
}

const ROWS_OF_ALL = 'owed_minute';
const ROWS_OF_ONE = `
  (with recursive asked (at) as (select :from union all select at + 1 from asked where at + 1 < :to) select at from asked)
  join owed_minute on minute = at and destination = :destination`;
