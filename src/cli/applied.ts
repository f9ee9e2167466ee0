import type { Changes } from '../compose.ts';

/** Ids that one record names; beyond it the counts have to do. */
const IDS_MAX = 100;

/** What a reload changed, as the details of a log record: counts and ids. */
export function appliedRecord({ sources, destinations }: Changes): Readonly<Record<string, unknown>> {
  return { sources: counted(sources), destinations: counted(destinations) };
}

function counted({ added, changed, removed }: Changes['sources']): Readonly<Record<string, unknown>> {
  const entries = Object.entries({ added, changed, removed });
  return Object.fromEntries(
    entries.map(([what, ids]) => [what, { count: ids.length, ids: ids.slice(0, IDS_MAX) }] as const),
  );
}

/** The same as the end of a sentence: `1 source added, 2 destinations changed`. */
export function appliedText({ sources, destinations }: Changes): string {
  const parts = [...partsOf('source', sources), ...partsOf('destination', destinations)];
  return parts.length === 0 ? 'nothing has changed' : parts.join(', ');
}

function partsOf(noun: string, { added, changed, removed }: Changes['sources']): readonly string[] {
  return Object.entries({ added, changed, removed })
    .filter(([, ids]) => ids.length > 0)
    .map(([what, ids]) => `${ids.length} ${noun}${ids.length === 1 ? '' : 's'} ${what}`);
}
