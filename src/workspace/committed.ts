import { SluiceError } from '../domain/errors.ts';
import type { Workspace } from '../domain/workspace.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceChange, WorkspaceStore } from '../ports/workspace-store.ts';

/** Times that a change is tried when others change the workspace at the same moments: more is no coincidence. */
const TRIES_MAX = 5;

/** What is to be written, and what whoever asked is answered then. Null: nothing has to be written. */
export interface Plan<Result> {
  readonly change: WorkspaceChange | null;
  readonly result: Result;
}

/**
 * Writes what `plan` makes of the workspace as it is. When somebody else changed it meanwhile, a plan is made of the
 * newer one: so a plan must not hold on to what it read before.
 *
 * @param by in whose name, for the audit trail
 * @throws SluiceError `version_conflict` when somebody was faster each time; whatever `plan` throws
 */
export async function committed<Result>(
  store: WorkspaceStore,
  by: string,
  ambient: Pick<Ambient, 'nowMs'>,
  plan: (workspace: Workspace) => Plan<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const workspace = store.current();
    const { change, result } = plan(workspace);
    if (change === null) return result;
    try {
      await store.commit(change, workspace.version, by, ambient.nowMs());
      return result;
    } catch (error) {
      const isLate = error instanceof SluiceError && error.code === 'version_conflict';
      if (!isLate || tries === TRIES_MAX) throw error;
    }
  }
}
