import type { Destination } from '../domain/destination.ts';
import type { Source } from '../domain/source.ts';
import type { Workspace } from '../domain/workspace.ts';

/**
 * The sources and destinations of this installation, for as long as it lives.
 *
 * Every implementation promises, and `test/conformance/workspace-store.suite.ts` checks:
 *
 * 1. **All or nothing**: a change is written whole, with its entries in the audit trail, or not at all. Secrets are
 *    masked there.
 * 2. **No lost update**: of two changes made from the same version one is refused with `version_conflict`.
 * 3. **Announced**: every watcher sees every version committed here, before `commit` resolves, and what was committed
 *    elsewhere once it is known here. Versions rise; a newer one stands for those between that others committed.
 */
export interface WorkspaceStore {
  /** In memory: the hot path never waits. */
  current(): Workspace;
  /**
   * Writes the change as version `ifVersion + 1`, in the name of `by`. Rejects `version_conflict` when the workspace is
   * no longer at `ifVersion`; `current` is then the version that stood in the way.
   */
  commit(change: WorkspaceChange, ifVersion: number, by: string, atMs: number): Promise<Workspace>;
  /** Answers how to stop watching. */
  watch(onChange: (workspace: Workspace) => void): () => void;
  /** Reads again: an unknown write key asks before it is refused, since another node may just have allowed it. */
  refresh(): Promise<Workspace>;
  close(): Promise<void>;
}

/** What is put replaces what has the same id, in its place in the order; the rest stays. Deleting comes first. */
export interface WorkspaceChange {
  readonly putSources?: readonly Source[];
  readonly deleteSources?: readonly string[];
  readonly putDestinations?: readonly Destination[];
  readonly deleteDestinations?: readonly string[];
}
