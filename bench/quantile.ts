/** Latencies of one measurement in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly worst: number;
}

/** The smallest value that at least `share` of the values do not exceed; `NaN` of none. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

export function latencyOf(microseconds: Float64Array): Latency {
  const ms = (share: number): number => quantile(microseconds, share) / 1_000;
  return { p50: ms(0.5), p99: ms(0.99), p999: ms(0.999), worst: ms(1) };
}
