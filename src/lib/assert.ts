/** Thrown when the program contradicts itself: never somebody's mistake, always a bug. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** States what must be true here. A false one is a bug: the process logs it once and exits. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionError(`must hold: ${what}`);
}
