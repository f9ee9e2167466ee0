import type { Destination } from '../domain/destination.ts';
import type { Source } from '../domain/source.ts';
import type { Workspace } from '../domain/workspace.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';

/**
 * Makes the workspace what the configuration file declares: what is new or different is put, what is no longer
 * declared is deleted. Commits nothing when nothing differs.
 */
export async function declare(
  store: WorkspaceStore,
  declared: { readonly sources: readonly Source[]; readonly destinations: readonly Destination[] },
  ambient: Ambient,
): Promise<Workspace> {
  const current = store.current();
  const sources = difference(current.sources, declared.sources);
  const destinations = difference(current.destinations, declared.destinations);
  const changes = [sources.put, sources.gone, destinations.put, destinations.gone];
  if (changes.every((change) => change.length === 0)) return current;
  const change = {
    putSources: sources.put,
    deleteSources: sources.gone,
    putDestinations: destinations.put,
    deleteDestinations: destinations.gone,
  };
  return store.commit(change, current.version, 'configuration file', ambient.nowMs());
}

function difference<Item extends { readonly id: string }>(
  current: readonly Item[],
  declared: readonly Item[],
): { readonly put: readonly Item[]; readonly gone: readonly string[] } {
  const known = new Map(current.map((item) => [item.id, JSON.stringify(item)]));
  const kept = new Set(declared.map(({ id }) => id));
  return {
    put: declared.filter((item) => known.get(item.id) !== JSON.stringify(item)),
    gone: current.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
  };
}
