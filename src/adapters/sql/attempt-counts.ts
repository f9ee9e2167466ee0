import type { DatabaseSync } from 'node:sqlite';
import type { Outcome } from '../../domain/attempt.ts';
import { SluiceError } from '../../domain/errors.ts';
import { destinationIdOf } from '../../domain/lane-plan.ts';
import { LATENCY_BUCKETS_MS } from '../../ports/delivery-store.ts';
import type { AttemptCount, CountAsk } from '../../ports/delivery-history.ts';

const BUCKETS = Array.from({ length: LATENCY_BUCKETS_MS.length + 1 }, (_, index) => `bucket_${index}`);

interface Row {
  readonly minute: number;
  readonly endpoint: string;
  readonly outcome: Outcome;
  readonly [bucket: string]: string | number;
}

/**
 * Sums up the minute counts that settling wrote: a few rows for each minute and lane in which anything was attempted.
 *
 * @throws SluiceError `invalid_parameter` when that may be more than was allowed
 */
export function attemptCounts(db: DatabaseSync, ask: CountAsk): readonly AttemptCount[] {
  const { destination, endpoint = null, from, to, step, minutesMax } = ask;
  const all = db.prepare('select id, name from lane').all() as unknown as readonly {
    readonly id: number;
    readonly name: string;
  }[];
  const lanes = all.filter(({ name }) => destination === undefined || destinationIdOf(name) === destination);
  if (lanes.length * (to - from) > minutesMax)
    throw new SluiceError('invalid_parameter', {
      parameter: 'from',
      problem: 'begins too early for so many destinations; ask for a shorter time, or for one destination',
    });
  const sums = db.prepare(`
    select minute - minute % cast(:step as integer) as minute, url as endpoint, outcome,
      ${BUCKETS.map((bucket) => `sum(${bucket}) as ${bucket}`).join(', ')}
    from minute_count join endpoint on endpoint.id = minute_count.endpoint
    where lane = :lane and minute >= :from and minute < :to and (:endpoint is null or url = :endpoint)
    group by 1, 2, 3`);
  const counts = lanes.flatMap(({ id: lane, name }) => {
    const rows = sums.all({ lane, from, to, step, endpoint }) as unknown as readonly Row[];
    return rows.map((row) => countOf(destinationIdOf(name), row));
  });
  return counts.sort((one, other) => one.minute - other.minute);
}

function countOf(destination: string, row: Row): AttemptCount {
  const { minute, endpoint, outcome } = row;
  return { minute, destination, endpoint, outcome, latencyBuckets: BUCKETS.map((bucket) => Number(row[bucket])) };
}
