import { assert } from '../lib/assert.ts';

/** The greatest part of a wait that jitter takes off. */
const JITTER = 0.2;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Waits by name. `durable` is 20 retries over a day: close together at first, since most failures are short, then for
 * an endpoint that is repaired within hours. Together 24 h 9 min; what jitter takes off leaves 19 h 19 min at least.
 */
export const BACKOFF_PRESETS = {
  durable: [
    ...[5, 15, 30].map((seconds) => seconds * SECOND_MS),
    ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
    ...[1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3].map((hours) => hours * HOUR_MS),
  ],
} as const satisfies Record<string, readonly number[]>;
export type BackoffPreset = keyof typeof BACKOFF_PRESETS;

/** Waits between attempts in milliseconds, the last one repeating; or the name of such a list. */
export type Backoff = readonly number[] | BackoffPreset;

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  readonly backoffMs: Backoff;
}

/**
 * How long to wait after the given failed attempt, in milliseconds, or `null` when the retries are spent.
 *
 * Jitter only ever shortens a wait: an operator who reads "retries for at most 24 hours" is told the truth, and a
 * herd of deliveries that failed together still comes back apart.
 *
 * @param attempt number of the attempt that just failed, counting from 1
 * @param chance uniform in [0, 1), handed in so that a test can hold it still
 */
export function backoffAfter(attempt: number, { retries, backoffMs }: RetryPolicy, chance: number): number | null {
  assert(attempt >= 1, 'attempts count from 1');
  if (attempt > retries) return null;
  const waits = waitsOf(backoffMs);
  const waitMs = waits[Math.min(attempt, waits.length) - 1];
  assert(waitMs !== undefined, 'a backoff has at least one wait');
  return Math.round(waitMs * (1 - JITTER * chance));
}

/** What all waits of a delivery come to at most, where no endpoint asks for longer ones. */
export function longestRetryingMs({ retries, backoffMs }: RetryPolicy): number {
  const waits = waitsOf(backoffMs);
  const listed = waits.slice(0, retries).reduce((sum, waitMs) => sum + waitMs, 0);
  return listed + Math.max(0, retries - waits.length) * (waits.at(-1) ?? 0);
}

function waitsOf(backoff: Backoff): readonly number[] {
  return typeof backoff === 'string' ? BACKOFF_PRESETS[backoff] : backoff;
}
