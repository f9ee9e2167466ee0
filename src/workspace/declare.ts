import type { Destination } from '../domain/destination.ts';
import { withSecret } from '../domain/secret-rotation.ts';
import type { Source } from '../domain/source.ts';
import type { Workspace } from '../domain/workspace.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';

/** What a configuration file declares of the workspace. */
export interface Declared {
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
}

/** What became of the workspace, by the ids of what was touched. */
export interface Changes {
  readonly sources: Touched;
  readonly destinations: Touched;
}

export interface Touched {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Makes the workspace what the configuration file declares: what is new or different is put, what is no longer
 * declared is deleted. Commits nothing when nothing differs. Another secret than before begins a rotation; one under
 * way, of which the file knows nothing, goes on.
 */
export async function declare(store: WorkspaceStore, declared: Declared, ambient: Ambient): Promise<Changes> {
  const current = store.current();
  const sources = difference(current.sources, declared.sources);
  const destinations = difference(current.destinations, rotating(declared, current, ambient.nowMs()));
  const changes = { sources: sources.touched, destinations: destinations.touched };
  if (isNothing(changes.sources) && isNothing(changes.destinations)) return changes;
  const change = {
    putSources: sources.put,
    deleteSources: sources.touched.removed,
    putDestinations: destinations.put,
    deleteDestinations: destinations.touched.removed,
  };
  await store.commit(change, current.version, 'configuration file', ambient.nowMs());
  return changes;
}

function rotating(declared: Declared, current: Workspace, nowMs: number): readonly Destination[] {
  const known = new Map(current.destinations.map((destination) => [destination.id, destination]));
  return declared.destinations.map((destination) => {
    const before = known.get(destination.id);
    return before === undefined
      ? destination
      : { ...destination, ...withSecret(before, destination.sharedSecret, nowMs) };
  });
}

function difference<Item extends { readonly id: string }>(
  current: readonly Item[],
  declared: readonly Item[],
): { readonly put: readonly Item[]; readonly touched: Touched } {
  const known = new Map(current.map((item) => [item.id, JSON.stringify(item)]));
  const kept = new Set(declared.map(({ id }) => id));
  const put = declared.filter((item) => known.get(item.id) !== JSON.stringify(item));
  const added = put.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  const changed = put.filter(({ id }) => known.has(id)).map(({ id }) => id);
  const removed = current.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  return { put, touched: { added, changed, removed } };
}

function isNothing({ added, changed, removed }: Touched): boolean {
  return added.length + changed.length + removed.length === 0;
}
