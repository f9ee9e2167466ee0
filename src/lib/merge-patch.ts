import { isJsonObject } from './json-object.ts';

/**
 * What a merge patch makes of a value (RFC 7396): objects are merged deeply, `null` removes, everything else replaces
 * as a whole. Neither of the two is changed. An own `__proto__` key stays a key; no prototype is ever set. Recurses as
 * deep as the patch is nested, so limit that first.
 */
export function patched(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, patched(result.get(key), value));
  }
  // Defines members, where an assignment to `__proto__` would set the prototype.
  return Object.fromEntries(result);
}
