import { sharedSecretProblem } from '../domain/shared-secret.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import { entriesOf, repeated, textsAt, textsIn, type Text } from './entries.ts';
import type { Path, Problem } from './problems.ts';

/**
 * Mistakes that no value of a destination has by itself. Takes one with any other mistakes in it, and passes over what
 * doesn't have the right shape.
 *
 * @param sources those that there are, and what is said of one that isn't there
 */
export function problemsBetween(
  destination: JsonObject,
  path: Path,
  sources: { readonly ids: ReadonlySet<unknown>; readonly otherwise: string },
): readonly Problem[] {
  const named = textsIn(destination['sources'], [...path, 'sources']);
  return [
    ...named.filter(({ text }) => !sources.ids.has(text)).map((at) => ({ path: at.path, message: sources.otherwise })),
    ...repeated(named, 'this source is there twice'),
    ...endpointProblems(destination['settings'], [...path, 'settings']),
    ...deliveryProblems(destination['delivery'], [...path, 'delivery']),
  ];
}

/**
 * What is wrong with the secret of a destination, if it is set anew. Takes it as `problemsBetween` does.
 *
 * @param kept those that it has: whatever an older version let them be, they may stay
 */
export function secretProblems(
  { settings }: JsonObject,
  path: Path,
  kept: readonly (string | null)[] = [],
): readonly Problem[] {
  const secret = isJsonObject(settings) ? settings['sharedSecret'] : null;
  const message = typeof secret !== 'string' || kept.includes(secret) ? null : sharedSecretProblem(secret);
  return message === null ? [] : [{ path: [...path, 'settings', 'sharedSecret'], message }];
}

/** The write keys of a source, named or not. Takes it as `problemsBetween` takes a destination. */
export function writeKeysIn(source: JsonObject, path: Path): readonly Text[] {
  const list = source['writeKeys'];
  const at = [...path, 'writeKeys'];
  return [...textsIn(list, at), ...textsAt(entriesOf(list, at), 'key')];
}

function endpointProblems(settings: unknown, path: Path): Problem[] {
  if (!isJsonObject(settings)) return [];
  const webhooks = settings['webhooks'];
  const isListEmpty = webhooks === undefined || (Array.isArray(webhooks) && webhooks.length === 0);
  if (isListEmpty && settings['webhookUrl'] === undefined) {
    return [{ path, message: 'has no URL to deliver to; set `webhookUrl`, or add an entry to `webhooks`' }];
  }
  return repeated(
    textsAt(entriesOf(webhooks, [...path, 'webhooks']), 'url').map(({ path: at, text }) => ({
      path: at,
      // Two spellings of one URL are one endpoint.
      text: URL.parse(text)?.href ?? text,
    })),
    'another webhook of this destination has this URL',
  );
}

function deliveryProblems(delivery: unknown, path: Path): Problem[] {
  if (!isJsonObject(delivery) || delivery['batch'] === undefined || delivery['order'] !== 'user') return [];
  return [
    {
      path: [...path, 'batch'],
      message: 'cannot go with `order: user`: one that fails would hold up all users of its batch; take one of the two',
    },
  ];
}
