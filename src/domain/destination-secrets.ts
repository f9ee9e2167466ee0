import type { Destination } from './destination.ts';
import { MASK } from './masked.ts';

/** Every key of an object, or every entry of a list. */
const EACH = '*';

/** Where an endpoint holds secrets: any header may be a credential, and all of `auth` is one. */
const OF_ENDPOINT = [
  ['headers', EACH],
  ['auth', 'username'],
  ['auth', 'password'],
  ['auth', 'token'],
];

/**
 * Where a destination holds secrets, and so what is sealed on disk and masked wherever it is shown. Certificates are
 * none: an endpoint is shown them in every handshake. URLs are not among them, since attempts are kept by them.
 */
const SECRETS: readonly (readonly string[])[] = [
  ['sharedSecret'],
  ['nextSecret'],
  ['tls', 'client', 'key'],
  ...OF_ENDPOINT.map((path) => ['basic', ...path]),
  ...OF_ENDPOINT.map((path) => ['endpoints', EACH, ...path]),
];

/**
 * The same with each of its secrets as `change` has it, which is told where it stands: `endpoints/0/headers/X-Team`.
 * What is not there, or no text, stays as it is, and so does the order of keys.
 */
export function withEachSecret<T>(destination: T, change: (text: string, path: string) => string): T {
  return SECRETS.reduce<unknown>((value, path) => changedAt(value, path, [], change), destination) as T;
}

/** As anybody may see it. */
export function maskedDestination(destination: Destination): Destination {
  return withEachSecret(destination, () => MASK);
}

function changedAt(
  value: unknown,
  [step, ...rest]: readonly string[],
  above: readonly string[],
  change: (text: string, path: string) => string,
): unknown {
  if (step === undefined) return typeof value === 'string' ? change(value, above.join('/')) : value;
  if (typeof value !== 'object' || value === null) return value;
  const changed = (held: unknown, key: string): unknown => changedAt(held, rest, [...above, key], change);
  if (Array.isArray(value)) {
    return step === EACH ? value.map((entry: unknown, index) => changed(entry, String(index))) : value;
  }
  const entries = Object.entries(value).map(([key, held]: [string, unknown]) => {
    return [key, step === EACH || step === key ? changed(held, key) : held] as const;
  });
  return Object.fromEntries(entries);
}
