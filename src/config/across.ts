import { problemsBetween, secretProblems, writeKeysIn } from '../contract/between-settings.ts';
import { entriesOf, type Entry, repeated, type Text, textsAt } from '../contract/entries.ts';
import type { Problem } from '../contract/problems.ts';
import { sameNameKey } from '../domain/workspace.ts';
import { isJsonObject } from '../lib/json-object.ts';

/**
 * Mistakes that no value has by itself: what must be unique, what must exist, what must be there at all. Takes a file
 * with any other mistakes in it, and passes over what doesn't have the right shape.
 */
export function mistakesAcross(file: unknown): readonly Problem[] {
  if (!isJsonObject(file)) return [];
  const sources = entriesOf(file['sources'], ['sources']);
  const destinations = entriesOf(file['destinations'], ['destinations']);
  const known = {
    ids: new Set(sources.map(({ value }) => value['id'])),
    otherwise: 'there is no source with this id; declare it under `sources`',
  };
  return [
    ...repeated(textsAt(sources, 'id'), 'another source has this id'),
    ...repeated(namesOf(sources), 'another source has this name, upper and lower case alike'),
    ...repeated(textsAt(destinations, 'id'), 'another destination has this id'),
    ...repeated(namesOf(destinations), 'another destination has this name, upper and lower case alike'),
    ...repeated(
      sources.flatMap(({ path, value }) => writeKeysIn(value, path)),
      'this write key is there twice; each belongs to one source',
    ),
    ...destinations.flatMap(({ path, value }) => problemsBetween(value, path, known)),
    ...destinations.flatMap(({ path, value }) => secretProblems(value, path)),
  ];
}

/** What each is called, as names are compared. The same id twice is a mistake already. */
function namesOf(entries: readonly Entry[]): readonly Text[] {
  const ids = new Set<unknown>();
  return entries.flatMap(({ path, value }) => {
    const { id, name = id } = value;
    if (ids.has(id) || typeof name !== 'string') return [];
    ids.add(id);
    return [{ path: [...path, value['name'] === undefined ? 'id' : 'name'], text: sameNameKey(name) }];
  });
}
