import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Origin } from '../domain/origin.ts';
import { withSecret } from '../domain/secret-rotation.ts';
import type { Source } from '../domain/source.ts';
import { sameNameKey, type Workspace } from '../domain/workspace.ts';
import { sameJson } from '../lib/same-json.ts';
import type { WorkspaceChange } from '../ports/workspace-store.ts';
import type { Kind } from './must-hold.ts';

/** What a configuration file declares of the workspace: all of it is the file's (`origin`). */
export interface Declared {
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
}

/** What becomes of the workspace, by the ids of what is touched. */
export interface Changes {
  readonly sources: Touched;
  readonly destinations: Touched;
  /** Destinations of operators that had a source which is removed, and go on without it. */
  readonly disconnected: readonly string[];
}

export interface Touched {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Made by operators, and the file's from now on, whatever else changes about them. */
  readonly adopted: readonly string[];
}

export interface Declaration {
  /** Null when nothing changes. */
  readonly change: WorkspaceChange | null;
  readonly changes: Changes;
}

/**
 * What makes the workspace say what the configuration file declares: what is new or different is put, what the file
 * declared before and does no more is deleted. What operators made stays as it is, unless the file declares the same
 * id: then it is the file's. Another secret than before begins a rotation; one under way, of which the file knows
 * nothing, goes on.
 *
 * @throws SluiceError `declaration_clash` when a name or a write key of the file belongs to what operators made
 */
export function declarationOf(current: Workspace, declared: Declared, nowMs: number): Declaration {
  checkClashes(current, declared);
  const sources = difference(current.sources, declared.sources);
  const destinations = difference(current.destinations, rotating(declared, current, nowMs));
  const removed = new Set(sources.touched.removed);
  const kept = new Set(declared.destinations.map(({ id }) => id));
  const disconnected = current.destinations
    .filter(({ id, origin, sources: of }) => origin === 'api' && !kept.has(id) && of.some((each) => removed.has(each)))
    .map((destination) => ({ ...destination, sources: destination.sources.filter((id) => !removed.has(id)) }));
  const changes = {
    sources: sources.touched,
    destinations: destinations.touched,
    disconnected: disconnected.map(({ id }) => id),
  };
  const change = {
    putSources: sources.put,
    deleteSources: sources.touched.removed,
    putDestinations: [...destinations.put, ...disconnected],
    deleteDestinations: destinations.touched.removed,
  };
  return { change: isNothing(change) ? null : change, changes };
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

interface Declarable {
  readonly id: string;
  readonly origin: Origin;
}

function difference<Item extends Declarable>(
  current: readonly Item[],
  declared: readonly Item[],
): { readonly put: readonly Item[]; readonly touched: Touched } {
  const known = new Map(current.map((each) => [each.id, each]));
  const kept = new Set(declared.map(({ id }) => id));
  const put = declared.filter((each) => !sameJson(known.get(each.id), each));
  const idsOf = (origin: Origin | undefined): readonly string[] =>
    put.map(({ id }) => id).filter((id) => known.get(id)?.origin === origin);
  const removed = current.filter(({ id, origin }) => origin === 'file' && !kept.has(id)).map(({ id }) => id);
  return { put, touched: { added: idsOf(undefined), changed: idsOf('file'), removed, adopted: idsOf('api') } };
}

function isNothing(change: Required<WorkspaceChange>): boolean {
  return Object.values(change).every((list) => (list as readonly unknown[]).length === 0);
}

/** Names and write keys belong to one. Within the file that was seen to when it was read, and with operators here. */
function checkClashes(current: Workspace, declared: Declared): void {
  const sources = othersOf(current.sources, declared.sources);
  const problems = [
    ...nameClashes('source', declared.sources, sources),
    ...keyClashes(declared.sources, sources),
    ...nameClashes('destination', declared.destinations, othersOf(current.destinations, declared.destinations)),
  ];
  if (problems.length > 0) throw new SluiceError('declaration_clash', { problems: problems.join('\n') });
}

/** What operators made, and the file does not take over. */
function othersOf<Item extends Declarable>(current: readonly Item[], declared: readonly Item[]): readonly Item[] {
  const ids = new Set(declared.map(({ id }) => id));
  return current.filter(({ id, origin }) => origin === 'api' && !ids.has(id));
}

interface Named {
  readonly id: string;
  readonly name: string;
}

function nameClashes(kind: Kind, declared: readonly Named[], others: readonly Named[]): readonly string[] {
  const byName = new Map(others.map(({ id, name }) => [sameNameKey(name), id]));
  return declared.flatMap(({ id, name }) => {
    const other = byName.get(sameNameKey(name));
    if (other === undefined) return [];
    return [`${kind} ${id} has the name of ${kind} ${other}: rename one of the two, or declare ${other} in its place`];
  });
}

function keyClashes(declared: readonly Source[], others: readonly Source[]): readonly string[] {
  const byKey = new Map(others.flatMap(({ id, writeKeys }) => writeKeys.map((key) => [key, id] as const)));
  return declared.flatMap(({ id, writeKeys }) => {
    const owners = new Set(writeKeys.flatMap((key) => byKey.get(key) ?? []));
    return [...owners].map(
      (other) => `source ${id} has a write key of source ${other}: revoke it there, or declare ${other} in its place`,
    );
  });
}
