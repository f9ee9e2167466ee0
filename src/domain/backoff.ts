import { assert } from '../lib/assert.ts';

/** The greatest part of a wait that jitter takes off. */
const JITTER = 0.2;

/**
 * How long to wait after the given failed attempt, in milliseconds, or `null` when the retries are spent.
 *
 * Jitter only ever shortens a wait: an operator who reads "retries for at most 24 hours" is told the truth, and a
 * herd of deliveries that failed together still comes back apart.
 *
 * @param attempt number of the attempt that just failed, counting from 1
 * @param chance uniform in [0, 1), handed in so that a test can hold it still
 */
export function backoffAfter(
  attempt: number,
  policy: { readonly retries: number; readonly backoffMs: readonly number[] },
  chance: number,
): number | null {
  assert(attempt >= 1, 'attempts count from 1');
  if (attempt > policy.retries) return null;
  const waitMs = policy.backoffMs[Math.min(attempt, policy.backoffMs.length) - 1];
  assert(waitMs !== undefined, 'a backoff has at least one wait');
  return Math.round(waitMs * (1 - JITTER * chance));
}
