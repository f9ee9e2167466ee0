import { LATENCY_BUCKETS_MS, type MinuteCount } from '../ports/delivery-store.ts';

const MINUTE_MS = 60_000;

/** Attempts that ended since the last settlement, by minute, endpoint and outcome: what charts are drawn from. */
export class MinuteCounts {
  #counts = new Map<string, MinuteCount>();

  add(atMs: number, endpoint: string, outcome: string, durationMs: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const key = `${minute} ${outcome} ${endpoint}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { minute, endpoint, outcome, latencyBuckets: new Uint32Array(LATENCY_BUCKETS_MS.length + 1) };
      this.#counts.set(key, count);
    }
    const bucket = bucketOf(durationMs);
    count.latencyBuckets[bucket] = (count.latencyBuckets[bucket] ?? 0) + 1;
  }

  /** Answers what was counted, and starts again. */
  take(): readonly MinuteCount[] {
    if (this.#counts.size === 0) return [];
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }
}

function bucketOf(durationMs: number): number {
  const index = LATENCY_BUCKETS_MS.findIndex((upperMs) => durationMs <= upperMs);
  return index === -1 ? LATENCY_BUCKETS_MS.length : index;
}
