import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { declaredMax } from '../domain/limits.ts';
import { onlySecret, withSecret } from '../domain/secret-rotation.ts';
import type { Workspace } from '../domain/workspace.ts';
import { sameJson } from '../lib/same-json.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { committed } from './committed.ts';
import { checkChangeable, checkName, destinationIn, newIdIn, sourceIn } from './must-hold.ts';

/**
 * Makes a destination of operators, which begins with what arrives from then on. The workspace has it when this
 * resolves.
 *
 * @param asked.make the destination, given the id that it gets: `checkedNewDestination`. Called again when somebody
 *   else was faster; what it throws is thrown
 * @throws SluiceError `too_many_destinations`, `name_taken`, `source_not_found`, `version_conflict`
 */
export async function createDestination(
  store: WorkspaceStore,
  asked: { readonly make: (id: string, workspace: Workspace) => Destination; readonly by: string },
  ambient: Pick<Ambient, 'nowMs' | 'uuid'>,
): Promise<Destination> {
  return committed(store, asked.by, ambient, (workspace) => {
    if (workspace.destinations.length >= declaredMax) {
      throw new SluiceError('too_many_destinations', { max: declaredMax });
    }
    const id = newIdIn(workspace, 'dst', ambient);
    const made = asked.make(id, workspace);
    const destination: Destination = { ...made, id, origin: 'api', ...onlySecret(made.sharedSecret) };
    checkDestination(destination, workspace);
    return { change: { putDestinations: [destination] }, result: destination };
  });
}

/**
 * Changes a destination of operators. Another secret than the one that was set last begins a rotation; a rotation under
 * way goes on. Nothing is written when nothing changes.
 *
 * @param asked.change what becomes of it as it is now: `checkedDestination`. Called again when somebody else was
 *   faster, so that a patch of what they left is made; what it throws is thrown
 * @throws SluiceError `destination_not_found`, `declared_in_file`, `name_taken`, `source_not_found`, `version_conflict`
 */
export async function updateDestination(
  store: WorkspaceStore,
  asked: {
    readonly id: string;
    readonly change: (current: Destination, workspace: Workspace) => Destination;
    readonly by: string;
  },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Destination> {
  return committed(store, asked.by, ambient, (workspace) => {
    const current = destinationIn(workspace, asked.id);
    checkChangeable('destination', current);
    const changed = asked.change(current, workspace);
    const secrets = withSecret(current, changed.sharedSecret, ambient.nowMs());
    const destination: Destination = { ...changed, ...secrets, id: current.id, origin: current.origin };
    checkDestination(destination, workspace);
    return { change: sameJson(destination, current) ? null : { putDestinations: [destination] }, result: destination };
  });
}

/**
 * Deletes a destination of operators, with what it still had to deliver. Answers what it was. What that takes along is
 * for others to tell.
 *
 * @throws SluiceError `destination_not_found`, `declared_in_file`, `version_conflict`
 */
export async function deleteDestination(
  store: WorkspaceStore,
  asked: { readonly id: string; readonly by: string },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Destination> {
  return committed(store, asked.by, ambient, (workspace) => {
    const destination = destinationIn(workspace, asked.id);
    checkChangeable('destination', destination);
    return { change: { deleteDestinations: [destination.id] }, result: destination };
  });
}

function checkDestination(destination: Destination, workspace: Workspace): void {
  checkName('destination', destination, workspace.destinations);
  for (const source of destination.sources) sourceIn(workspace, source);
}
