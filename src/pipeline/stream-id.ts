/** Where a reader of the live stream is: up to this number of this process everything was told. */
export interface StreamPlace {
  /** Of the process. */
  readonly instance: string;
  readonly number: number;
  /** When it was told, for whoever asks another process. */
  readonly atMs: number;
}

/** `<instance>-<number>-<time>`, numbers in base 36. */
export function streamIdOf({ instance, number, atMs }: StreamPlace): string {
  return `${instance}-${number.toString(36)}-${atMs.toString(36)}`;
}

/** Null for any other text. A time of so many digits is one that a date can be. */
export function streamPlaceOf(id: string): StreamPlace | null {
  const [, instance, number, at] = /^([0-9a-f]{12})-([0-9a-z]{1,11})-([0-9a-z]{1,10})$/.exec(id) ?? [];
  if (instance === undefined || number === undefined || at === undefined) return null;
  const place = { instance, number: parseInt(number, 36), atMs: parseInt(at, 36) };
  return Number.isSafeInteger(place.number) ? place : null;
}
