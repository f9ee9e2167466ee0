import type { Source } from '../domain/source.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';

/** Between two looks for unknown write keys: whoever guesses keys costs one read a second. */
const REFRESH_MS = 1_000;

/**
 * Makes the lookup that answers the sources by write key. It is the workspace as it is in memory; where that lacks an
 * asked key, another node may just have issued it, so the workspace is read again first, at most once a second. Who
 * asks meanwhile waits for the same reading, or its failure.
 */
export function makeSourceLookup(
  workspace: Pick<WorkspaceStore, 'current' | 'refresh'>,
  ambient: Ambient,
): (writeKeys: readonly string[]) => Promise<ReadonlyMap<string, Source>> {
  let refreshed: Promise<unknown> = Promise.resolve();
  let refreshedAtMs = -Infinity;

  return async (writeKeys) => {
    const known = workspace.current().sourceByWriteKey;
    if (writeKeys.every((key) => known.has(key))) return known;
    if (ambient.elapsedMs() - refreshedAtMs >= REFRESH_MS) {
      refreshedAtMs = ambient.elapsedMs();
      refreshed = workspace.refresh();
    }
    await refreshed;
    return workspace.current().sourceByWriteKey;
  };
}

/** Which write keys there are, for who asks for what belongs to one before sending. */
export function writeKeyLookup(
  workspace: Pick<WorkspaceStore, 'current' | 'refresh'>,
  ambient: Ambient,
): (text: string) => Promise<boolean> {
  const sources = makeSourceLookup(workspace, ambient);
  return async (text) => (await sources([text])).has(text);
}
