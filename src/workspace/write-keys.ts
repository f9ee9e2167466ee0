import { SluiceError } from '../domain/errors.ts';
import type { Source } from '../domain/source.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { updateSource } from './sources.ts';

/**
 * Gives a source of operators one more write key.
 *
 * @param asked.key a new one (`WriteKeyMaker`), or one that somebody chose, known to be well formed
 * @param asked.name what people call it; null for nothing
 * @throws SluiceError `source_not_found`, `declared_in_file`, `write_key_taken` also when this source has it,
 *   `too_many_write_keys`, `version_conflict`
 */
export async function issueWriteKey(
  store: WorkspaceStore,
  asked: { readonly source: string; readonly key: string; readonly name: string | null; readonly by: string },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Source> {
  const { source: id, key, name, by } = asked;
  const change = (source: Source): Source => {
    if (source.writeKeys.includes(key)) throw new SluiceError('write_key_taken', { source: id });
    return withName({ ...source, writeKeys: [...source.writeKeys, key] }, key, name);
  };
  return updateSource(store, { id, change, by }, ambient);
}

/**
 * Calls a write key something else, or nothing.
 *
 * @throws SluiceError `source_not_found`, `write_key_not_found`, `declared_in_file`, `version_conflict`
 */
export async function nameWriteKey(
  store: WorkspaceStore,
  asked: { readonly source: string; readonly key: string; readonly name: string | null; readonly by: string },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Source> {
  const { source: id, key, name, by } = asked;
  const change = (source: Source): Source => {
    checkHas(source, key);
    return withName(source, key, name);
  };
  return updateSource(store, { id, change, by }, ambient);
}

/**
 * Takes a write key from a source of operators: calls that carry it are refused from then on. The last one cannot go; to
 * refuse all calls of a source, disable it.
 *
 * @throws SluiceError `source_not_found`, `write_key_not_found`, `last_write_key`, `declared_in_file`,
 *   `version_conflict`
 */
export async function revokeWriteKey(
  store: WorkspaceStore,
  asked: { readonly source: string; readonly key: string; readonly by: string },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<Source> {
  const { source: id, key, by } = asked;
  const change = (source: Source): Source => {
    checkHas(source, key);
    if (source.writeKeys.length === 1) throw new SluiceError('last_write_key', { source: id });
    return { ...withName(source, key, null), writeKeys: source.writeKeys.filter((each) => each !== key) };
  };
  return updateSource(store, { id, change, by }, ambient);
}

/** The key itself stays out of the message: it may be somebody's that was written to the wrong place. */
function checkHas({ id, writeKeys }: Source, key: string): void {
  if (!writeKeys.includes(key)) throw new SluiceError('write_key_not_found', { source: id });
}

function withName(source: Source, key: string, name: string | null): Source {
  const others = Object.entries(source.keyNames).filter(([each]) => each !== key);
  return { ...source, keyNames: Object.fromEntries(name === null ? others : [...others, [key, name]]) };
}
