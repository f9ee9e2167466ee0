import { BACKOFF_PRESETS, longestRetryingMs, type RetryPolicy } from '../domain/backoff.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import type { Path } from '../contract/problems.ts';
import { spanText } from './units.ts';

/** What a file says, with the retries that come with a preset's waits wherever nobody says how many there are. */
export function withPresets(file: JsonObject): JsonObject {
  if (!Array.isArray(file['destinations'])) return file;
  return { ...file, destinations: file['destinations'].map(withPreset) };
}

function withPreset(destination: unknown): unknown {
  if (!isJsonObject(destination) || !isJsonObject(destination['delivery'])) return destination;
  const { backoffMs, retries } = destination['delivery'];
  if (typeof backoffMs !== 'string' || !Object.hasOwn(BACKOFF_PRESETS, backoffMs) || retries !== undefined) {
    return destination;
  }
  const waits = BACKOFF_PRESETS[backoffMs as keyof typeof BACKOFF_PRESETS];
  return { ...destination, delivery: { ...destination['delivery'], retries: waits.length } };
}

interface Kept {
  readonly destinations: readonly { readonly delivery: RetryPolicy }[];
  readonly retention: { readonly log: { readonly age: number } };
}

/** Retries that the log does not live to see: its events are forgotten before the last of them. */
export function backoffMistakes(
  { destinations, retention }: Kept,
  originOf: (path: Path) => string,
): readonly string[] {
  const ageMs = retention.log.age;
  return destinations.flatMap(({ delivery }, index) => {
    const lastMs = longestRetryingMs(delivery);
    if (lastMs <= ageMs) return [];
    const by = originOf(['destinations', index, 'delivery', 'backoffMs']);
    const last = spanText(Math.ceil(lastMs / 60_000) * 60_000);
    return [
      `${by}: destinations[${index}].delivery: its retries take up to ${last}, and events are forgotten after ${spanText(ageMs)}; shorten \`backoffMs\`, lower \`retries\`, or raise \`retention.log.age\``,
    ];
  });
}
