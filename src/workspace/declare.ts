import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { committed } from './committed.ts';
import { type Changes, declarationOf, type Declared } from './declaration.ts';

/**
 * Makes the workspace say what the configuration file declares (`declarationOf`). Commits nothing when nothing differs.
 *
 * @throws SluiceError `declaration_clash`, and nothing is changed; `version_conflict`
 */
export async function declare(store: WorkspaceStore, declared: Declared, ambient: Ambient): Promise<Changes> {
  return committed(store, 'configuration file', ambient, (workspace) => {
    const { change, changes } = declarationOf(workspace, declared, ambient.nowMs());
    return { change, result: changes };
  });
}
