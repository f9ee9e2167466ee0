import { type Outcome, OUTCOMES } from '../domain/attempt.ts';
import type { Ended } from '../domain/delivery.ts';
import { LATENCY_BUCKETS_MS } from '../ports/delivery-store.ts';
import type { AttemptCount, Counts, EndCount } from '../ports/delivery-history.ts';

/** What a destination, or one of its endpoints, was sent in one span. */
export interface SpanStats {
  /** When it begins, in minutes since 1970. */
  readonly minute: number;
  readonly destination: string;
  /** Null: all of them. */
  readonly endpoint: string | null;
  readonly attempts: Readonly<Record<Outcome, number>>;
  /** How many deliveries ended; null of one endpoint, since they are the destination's. */
  readonly ended: Ended | null;
  /** How long attempts took that were made; null when none was. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

interface Span {
  readonly key: Pick<SpanStats, 'minute' | 'destination' | 'endpoint'>;
  readonly attempts: AttemptCount[];
  readonly ended: EndCount[];
}

/**
 * Adds up counts of each destination and span, of its endpoints together or one by one: a row wherever anything was
 * attempted, and of a destination also where something ended. Oldest first, else in the order of the counts.
 */
export function statsOf(
  { attempts, ended }: Pick<Counts, 'attempts' | 'ended'>,
  isPerEndpoint: boolean,
): readonly SpanStats[] {
  const spans = new Map<string, Span>();
  const spanOf = (minute: number, destination: string, endpoint: string | null): Span => {
    const key = JSON.stringify([minute, destination, endpoint]);
    const span = spans.get(key) ?? { key: { minute, destination, endpoint }, attempts: [], ended: [] };
    spans.set(key, span);
    return span;
  };
  for (const count of attempts)
    spanOf(count.minute, count.destination, isPerEndpoint ? count.endpoint : null).attempts.push(count);
  if (!isPerEndpoint) for (const count of ended) spanOf(count.minute, count.destination, null).ended.push(count);
  return [...spans.values()]
    .sort((one, other) => one.key.minute - other.key.minute)
    .map((span) => ({
      ...span.key,
      ...attemptsIn(span.attempts),
      ended: isPerEndpoint ? null : endedIn(span.ended),
    }));
}

function endedIn(counts: readonly EndCount[]): Ended {
  const sum = { delivered: 0, dead: 0, cancelled: 0 };
  for (const { delivered, dead, cancelled } of counts) {
    sum.delivered += delivered;
    sum.dead += dead;
    sum.cancelled += cancelled;
  }
  return sum;
}

function attemptsIn(counts: readonly AttemptCount[]): Pick<SpanStats, 'attempts' | 'latencyMs'> {
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
