import { isJsonObject } from './json-object.ts';

/**
 * Whether two values are the same as JSON: the order of keys says nothing, and a key that is undefined is not there.
 * Recurses as deep as they are nested, so limit that first.
 */
export function sameJson(one: unknown, other: unknown): boolean {
  return one === other || sortedText(one) === sortedText(other);
}

function sortedText(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (!isJsonObject(held)) return held;
    return Object.fromEntries(Object.entries(held).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
