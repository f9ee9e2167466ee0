import { retryingProblem, withPreset } from '../contract/backoff-presets.ts';
import type { Path } from '../contract/problems.ts';
import type { RetryPolicy } from '../domain/backoff.ts';
import type { JsonObject } from '../lib/json-object.ts';

/** What a file says, with the retries that come with a preset's waits wherever nobody says how many there are. */
export function withPresets(file: JsonObject): JsonObject {
  if (!Array.isArray(file['destinations'])) return file;
  return { ...file, destinations: file['destinations'].map(withPreset) };
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
  return destinations.flatMap(({ delivery }, index) => {
    const problem = retryingProblem(delivery, retention.log.age);
    if (problem === null) return [];
    const by = originOf(['destinations', index, 'delivery', 'backoffMs']);
    return [`${by}: destinations[${index}].delivery: ${problem}`];
  });
}
