import { type Outcome, OUTCOMES } from '../domain/attempt.ts';
import { LATENCY_BUCKETS_MS } from '../ports/delivery-store.ts';
import type { AttemptCount } from '../ports/delivery-history.ts';

/** What a destination, or one of its endpoints, was sent in one span. */
export interface SpanStats {
  /** When it begins, in minutes since 1970. */
  readonly minute: number;
  readonly destination: string;
  /** Null: all of them. */
  readonly endpoint: string | null;
  readonly attempts: Readonly<Record<Outcome, number>>;
  /** How long attempts took that were made; null when none was. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

/** Adds up counts of each destination and span, of its endpoints together or one by one. In the order of the counts. */
export function statsOf(counts: readonly AttemptCount[], isPerEndpoint: boolean): readonly SpanStats[] {
  const spans = Map.groupBy(counts, ({ minute, destination, endpoint }) =>
    JSON.stringify([minute, destination, isPerEndpoint ? endpoint : null]),
  );
  return [...spans.values()].flatMap((span) => {
    const [first] = span;
    if (first === undefined) return [];
    const { minute, destination, endpoint } = first;
    return [{ minute, destination, endpoint: isPerEndpoint ? endpoint : null, ...summed(span) }];
  });
}

function summed(counts: readonly AttemptCount[]): Pick<SpanStats, 'attempts' | 'latencyMs'> {
  const attempts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const buckets = new Array<number>(LATENCY_BUCKETS_MS.length + 1).fill(0);
  for (const { outcome, latencyBuckets } of counts) {
    attempts[outcome] += latencyBuckets.reduce((sum, count) => sum + count, 0);
    if (outcome === 'skipped') continue;
    for (const [index, count] of latencyBuckets.entries()) buckets[index] = (buckets[index] ?? 0) + count;
  }
  const [p50, p95, p99] = [percentile(buckets, 0.5), percentile(buckets, 0.95), percentile(buckets, 0.99)];
  return { attempts, latencyMs: p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 } };
}

/**
 * Where in its bucket the rank is, as if what is in a bucket were spread evenly over it; null when there is nothing.
 * What is above the last bound is told as that bound.
 *
 * @param buckets per bound of `LATENCY_BUCKETS_MS`, and one for what is above
 */
export function percentile(buckets: readonly number[], share: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [index, upperMs] of LATENCY_BUCKETS_MS.entries()) {
    const count = buckets[index] ?? 0;
    if (count >= left && count > 0) {
      const lowerMs = LATENCY_BUCKETS_MS[index - 1] ?? 0;
      return Math.round((lowerMs + ((upperMs - lowerMs) * left) / count) * 10) / 10;
    }
    left -= count;
  }
  return LATENCY_BUCKETS_MS.at(-1) ?? null;
}
