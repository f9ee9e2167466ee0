import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { writeKeysMax } from '../domain/limits.ts';
import type { Origin } from '../domain/origin.ts';
import type { Source } from '../domain/source.ts';
import { sameNameKey, type Workspace } from '../domain/workspace.ts';
import type { Ambient } from '../ports/ambient.ts';

export type Kind = 'source' | 'destination';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The one of this id. @throws SluiceError `source_not_found` */
export function sourceIn({ sources }: Pick<Workspace, 'sources'>, id: string): Source {
  const source = sources.find((each) => each.id === id);
  if (source === undefined) throw new SluiceError('source_not_found', { source: id.slice(0, 64) });
  return source;
}

/** The one of this id. @throws SluiceError `destination_not_found` */
export function destinationIn({ destinations }: Pick<Workspace, 'destinations'>, id: string): Destination {
  const destination = destinations.find((each) => each.id === id);
  if (destination === undefined) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
  return destination;
}

/** @throws SluiceError `declared_in_file` when the file alone may change it */
export function checkChangeable(kind: Kind, { id, origin }: { readonly id: string; readonly origin: Origin }): void {
  if (origin === 'file') throw new SluiceError('declared_in_file', { kind, id });
}

/** @throws SluiceError `name_taken` when another one of its kind is called the same */
export function checkName(kind: Kind, { id, name }: Named, all: readonly Named[]): void {
  const key = sameNameKey(name);
  const other = all.find((each) => each.id !== id && sameNameKey(each.name) === key);
  if (other !== undefined) throw new SluiceError('name_taken', { kind, other: other.id });
}

/** @throws SluiceError `write_key_taken` when another source has one of its keys, `too_many_write_keys` */
export function checkWriteKeys({ id, writeKeys }: Source, { sourceByWriteKey }: Workspace): void {
  if (writeKeys.length > writeKeysMax) throw new SluiceError('too_many_write_keys', { source: id, max: writeKeysMax });
  const taken = writeKeys
    .map((key) => sourceByWriteKey.get(key)?.id)
    .find((owner) => owner !== undefined && owner !== id);
  if (taken !== undefined) throw new SluiceError('write_key_taken', { source: taken });
}

/** An id that nothing of the workspace has: 80 bits of chance, so that it is not guessed, nor given again later. */
export function newIdIn(workspace: Workspace, prefix: 'src' | 'dst', ambient: Pick<Ambient, 'uuid'>): string {
  const taken = new Set([...workspace.sources, ...workspace.destinations].map(({ id }) => id));
  for (;;) {
    const digits = ambient.uuid().replaceAll('-', '');
    // Without the digits of a UUID that say its version and variant.
    const id = `${prefix}_${digits.slice(0, 8)}${digits.slice(20)}`;
    if (!taken.has(id)) return id;
  }
}
