import type { Changes } from '../../compose.ts';

/** Ids that one record names; beyond it the counts have to do. */
const IDS_MAX = 100;

/** What a reload changed, as the details of a log record: counts and ids. */
export function appliedRecord({ sources, destinations, disconnected }: Changes): Readonly<Record<string, unknown>> {
  return {
    sources: countedEach(sources),
    destinations: countedEach(destinations),
    ...(disconnected.length === 0 ? {} : { disconnected: counted(disconnected) }),
  };
}

function countedEach({ added, changed, removed, adopted }: Changes['sources']): Readonly<Record<string, unknown>> {
  const entries = Object.entries({ added, changed, removed, adopted });
  return Object.fromEntries(entries.map(([what, ids]) => [what, counted(ids)] as const));
}

function counted(ids: readonly string[]): object {
  return { count: ids.length, ids: ids.slice(0, IDS_MAX) };
}

/** The same as the end of a sentence: `1 source added, 2 destinations changed`. */
export function appliedText({ sources, destinations, disconnected }: Changes): string {
  const parts = [
    ...partsOf('source', sources),
    ...partsOf('destination', destinations),
    ...part('destination', disconnected, 'without a source that was removed'),
  ];
  return parts.length === 0 ? 'nothing has changed' : parts.join(', ');
}

function partsOf(noun: string, { added, changed, removed, adopted }: Changes['sources']): readonly string[] {
  return [
    ...part(noun, added, 'added'),
    ...part(noun, changed, 'changed'),
    ...part(noun, removed, 'removed'),
    ...part(noun, adopted, 'taken over from the management API'),
  ];
}

function part(noun: string, ids: readonly string[], what: string): readonly string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${noun}${ids.length === 1 ? '' : 's'} ${what}`];
}
