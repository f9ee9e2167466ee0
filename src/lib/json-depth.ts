/**
 * Whether a parsed JSON value is nested deeper than that many levels. `1` has none, `[]` one, `{"a":[]}` two.
 *
 * It goes level by level and stops at the limit: the deepest value costs no stack, and a cheaper check than walking
 * is for the caller, who knows how long the text was (a level takes two characters).
 */
export function isDeeperThan(levelsMax: number, value: unknown): boolean {
  let level = containersIn([value]);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levelsMax) return true;
    level = level.flatMap((container) => containersIn(Object.values(container)));
  }
  return false;
}

function containersIn(values: readonly unknown[]): readonly object[] {
  return values.filter((value) => typeof value === 'object' && value !== null);
}
