/**
 * Whether a parsed JSON value is nested deeper than that many levels. `1` has none, `[]` one, `{"a":[]}` two.
 *
 * It goes level by level and stops at the limit: the deepest value costs no stack, and a cheaper check than walking
 * is for the caller, who knows how long the text was (a level takes two characters).
 */
export function isDeeperThan(levelsMax: number, value: unknown): boolean {
  let level: object[] = [];
  addContainer(level, value);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levelsMax) return true;
    const next: object[] = [];
    for (const container of level) addContents(next, container);
    level = next;
  }
  return false;
}

/** By loops, which make no arrays of what is no container: a quarter of what `Object.values` and `filter` take. */
function addContents(containers: object[], container: object): void {
  if (Array.isArray(container)) for (const value of container) addContainer(containers, value);
  // Of what was parsed, nothing is inherited.
  else for (const key in container) addContainer(containers, (container as Record<string, unknown>)[key]);
}

function addContainer(containers: object[], value: unknown): void {
  if (typeof value === 'object' && value !== null) containers.push(value);
}
