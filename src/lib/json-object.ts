/** A parsed JSON object. Read it by names that no prototype has, or after `Object.hasOwn`. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `over` with what only `under` has, deep in objects: where both have a value, `over` keeps its own. Keys stand in the
 * order of `over`, then those of `under`. An own `__proto__` key stays a key; no prototype is ever set. Recurses as
 * deep as both are nested, so limit that first.
 */
export function mergedOver(under: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...over };
  for (const key of Object.keys(under)) {
    const lower = under[key];
    if (!Object.hasOwn(over, key)) define(merged, key, lower);
    else if (isJsonObject(lower) && isJsonObject(over[key])) define(merged, key, mergedOver(lower, over[key]));
  }
  return merged;
}

/** Where an assignment to `__proto__` would set the prototype, this makes an ordinary member. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
