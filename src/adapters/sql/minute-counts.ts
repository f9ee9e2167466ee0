import type { DatabaseSync } from 'node:sqlite';
import type { Outcome } from '../../domain/attempt.ts';
import { SluiceError } from '../../domain/errors.ts';
import { destinationIdOf } from '../../domain/lane-plan.ts';
import { LATENCY_BUCKETS_MS } from '../../ports/delivery-store.ts';
import type { AttemptCount, CountAsk, Counts, EndCount } from '../../ports/delivery-history.ts';

const BUCKETS = Array.from({ length: LATENCY_BUCKETS_MS.length + 1 }, (_, index) => `bucket_${index}`);

/**
 * Sums up the minute counts that settling wrote: a few rows for each minute and lane in which anything was attempted or
 * ended.
 *
 * @throws SluiceError `invalid_parameter` when that may be more than was allowed
 */
export function minuteCounts(db: DatabaseSync, ask: CountAsk): Counts {
  const lanes = lanesOf(db, ask);
  const attempts = attemptCounts(db, lanes, ask);
  return { attempts, ended: ask.endpoint === undefined ? endCounts(db, lanes, ask) : [] };
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
