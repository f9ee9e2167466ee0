import { BACKOFF_PRESETS, longestRetryingMs, type RetryPolicy } from '../domain/backoff.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { spanText } from '../lib/units.ts';

/** What is said of a destination, with the retries that come with a preset's waits where nobody says how many there are. */
export function withPreset(destination: unknown): unknown {
  if (!isJsonObject(destination) || !isJsonObject(destination['delivery'])) return destination;
  const { backoffMs, retries } = destination['delivery'];
  if (typeof backoffMs !== 'string' || !Object.hasOwn(BACKOFF_PRESETS, backoffMs) || retries !== undefined) {
    return destination;
  }
  const waits = BACKOFF_PRESETS[backoffMs as keyof typeof BACKOFF_PRESETS];
  return { ...destination, delivery: { ...destination['delivery'], retries: waits.length } };
}

/** What is wrong with retries that the log does not live to see, since it forgets their events after `ageMs`; or null. */
export function retryingProblem(delivery: RetryPolicy, ageMs: number): string | null {
  const lastMs = longestRetryingMs(delivery);
  if (lastMs <= ageMs) return null;
  const last = spanText(Math.ceil(lastMs / 60_000) * 60_000);
  return `its retries take up to ${last}, and events are forgotten after ${spanText(ageMs)}; shorten \`backoffMs\`, lower \`retries\`, or raise \`retention.log.age\``;
}
