/** Stands where a secret was. */
export const MASK = '***';

/** Headers that somebody configured, without their values: any of them may be a credential. */
export function maskedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}
