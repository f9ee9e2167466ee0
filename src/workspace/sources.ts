import { SluiceError } from '../domain/errors.ts';
import { declaredMax } from '../domain/limits.ts';
import type { Source } from '../domain/source.ts';
import type { Workspace } from '../domain/workspace.ts';
import { sameJson } from '../lib/same-json.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { committed } from './committed.ts';
import { checkChangeable, checkName, checkWriteKeys, newIdIn, sourceIn } from './must-hold.ts';

/**
 * Makes a source of operators. The workspace has it when this resolves.
 *
 * @param asked.make the source, given the id that it gets: `checkedNewSource`. Called again when somebody else was
 *   faster; what it throws is thrown
 * @throws SluiceError `too_many_sources`, `name_taken`, `write_key_taken`, `version_conflict`
 */
export async function createSource(
  store: WorkspaceStore,
  asked: { readonly make: (id: string, workspace: Workspace) => Source; readonly by: string },
  ambient: Pick<Ambient, 'nowMs' | 'uuid'>,
): Promise<Source> {
  return committed(store, asked.by, ambient, (workspace) => {
    if (workspace.sources.length >= declaredMax) throw new SluiceError('too_many_sources', { max: declaredMax });
    const id = newIdIn(workspace, 'src', ambient);
    const source: Source = { ...asked.make(id, workspace), id, origin: 'api' };
    checkSource(source, workspace);
    return { change: { putSources: [source] }, result: source };
  });
}

/**
 * Changes a source of operators. Nothing is written when nothing changes.
 *
 * @param asked.change what becomes of it as it is now: `checkedSource`. Called again when somebody else was faster, so
 *   that a patch of what they left is made; what it throws is thrown
 * @throws SluiceError `source_not_found`, `declared_in_file`, `name_taken`, `write_key_taken`, `version_conflict`
 */
export async function updateSource(
  store: WorkspaceStore,
  asked: {
    readonly id: string;
    readonly change: (current: Source, workspace: Workspace) => Source;
    readonly by: string;
  },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Source> {
  return committed(store, asked.by, ambient, (workspace) => {
    const current = sourceIn(workspace, asked.id);
    checkChangeable('source', current);
    const source: Source = { ...asked.change(current, workspace), id: current.id, origin: current.origin };
    checkSource(source, workspace);
    return { change: sameJson(source, current) ? null : { putSources: [source] }, result: source };
  });
}

/** What went with a source. */
export interface DeletedSource {
  readonly source: Source;
  /** Ids of the destinations that had it among others or alone, and are there without it. */
  readonly destinations: readonly string[];
}

/**
 * Deletes a source of operators, and takes it out of the destinations that have it. What it sent already is delivered.
 * With `dryRun` it only tells what that would be.
 *
 * @throws SluiceError `source_not_found`, `declared_in_file`, `version_conflict`
 */
export async function deleteSource(
  store: WorkspaceStore,
  asked: { readonly id: string; readonly by: string; readonly dryRun?: boolean },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<DeletedSource> {
  return committed(store, asked.by, ambient, (workspace) => {
    const source = sourceIn(workspace, asked.id);
    checkChangeable('source', source);
    const putDestinations = workspace.destinations
      .filter(({ sources }) => sources.includes(source.id))
      .map((destination) => ({ ...destination, sources: destination.sources.filter((id) => id !== source.id) }));
    const change = { deleteSources: [source.id], putDestinations };
    const result = { source, destinations: putDestinations.map(({ id }) => id) };
    return { change: asked.dryRun === true ? null : change, result };
  });
}

function checkSource(source: Source, workspace: Workspace): void {
  checkName('source', source, workspace.sources);
  checkWriteKeys(source, workspace);
}
