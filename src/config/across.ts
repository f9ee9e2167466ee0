import { isJsonObject } from '../lib/json-object.ts';
import type { Path, Problem } from '../contract/problems.ts';

/**
 * Mistakes that no value has by itself: what must be unique, what must exist, what must be there at all. Takes a file
 * with any other mistakes in it, and passes over what doesn't have the right shape.
 */
export function mistakesAcross(file: unknown): readonly Problem[] {
  if (!isJsonObject(file)) return [];
  const sources = entriesOf(file['sources'], ['sources']);
  const destinations = entriesOf(file['destinations'], ['destinations']);
  const sourceIds = new Set(sources.map(({ value }) => value['id']));
  return [
    ...repeated(textsAt(sources, 'id'), 'another source has this id'),
    ...repeated(textsAt(destinations, 'id'), 'another destination has this id'),
    ...repeated(
      sources.flatMap(({ path, value }) => texts(value['writeKeys'], [...path, 'writeKeys'])),
      'this write key is there twice; each belongs to one source',
    ),
    ...destinations.flatMap(({ path, value }) => [
      ...sourceMistakes(texts(value['sources'], [...path, 'sources']), sourceIds),
      ...endpointMistakes(value['settings'], [...path, 'settings']),
      ...deliveryMistakes(value['delivery'], [...path, 'delivery']),
    ]),
  ];
}

function sourceMistakes(named: readonly Text[], known: ReadonlySet<unknown>): Problem[] {
  const unknown = named.filter(({ text }) => !known.has(text));
  return [
    ...unknown.map(({ path }) => ({ path, message: 'there is no source with this id; declare it under `sources`' })),
    ...repeated(named, 'this source is there twice'),
  ];
}

function endpointMistakes(settings: unknown, path: Path): Problem[] {
  if (!isJsonObject(settings)) return [];
  const webhooks = settings['webhooks'];
  const isListEmpty = webhooks === undefined || (Array.isArray(webhooks) && webhooks.length === 0);
  if (isListEmpty && settings['webhookUrl'] === undefined) {
    return [{ path, message: 'has no URL to deliver to; set `webhookUrl`, or add an entry to `webhooks`' }];
  }
  return repeated(
    textsAt(entriesOf(webhooks, [...path, 'webhooks']), 'url').map(({ path, text }) => ({
      path,
      // Two spellings of one URL are one endpoint.
      text: URL.parse(text)?.href ?? text,
    })),
    'another webhook of this destination has this URL',
  );
}

function deliveryMistakes(delivery: unknown, path: Path): Problem[] {
  if (!isJsonObject(delivery) || delivery['batch'] === undefined || delivery['order'] !== 'user') return [];
  return [
    {
      path: [...path, 'batch'],
      message: 'cannot go with `order: user`: one that fails would hold up all users of its batch; take one of the two',
    },
  ];
}

interface Text {
  readonly path: Path;
  readonly text: string;
}

interface Entry {
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

function entriesOf(list: unknown, path: Path): Entry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) => (isJsonObject(value) ? [{ path: [...path, index], value }] : []));
}

function texts(list: unknown, path: Path): Text[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((text: unknown, index) => (typeof text === 'string' ? [{ path: [...path, index], text }] : []));
}

function textsAt(entries: readonly Entry[], key: string): Text[] {
  return entries.flatMap(({ path, value }) => {
    const text = value[key];
    return typeof text === 'string' ? [{ path: [...path, key], text }] : [];
  });
}

/** A mistake at each text that was there before. */
function repeated(given: readonly Text[], message: string): Problem[] {
  const seen = new Set<string>();
  return given.flatMap(({ path, text }) => {
    if (seen.has(text)) return [{ path, message }];
    seen.add(text);
    return [];
  });
}
