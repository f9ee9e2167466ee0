import { checkedNewSource, checkedSource } from '../contract/checked-source.ts';
import type { ShownSource, sourceOperations } from '../contract/sources.ts';
import type { Source } from '../domain/source.ts';
import type { Foresee } from '../pipeline/foresee-deletion.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import type { WriteKeyMaker } from '../ports/write-key-maker.ts';
import { sourceIn } from '../workspace/must-hold.ts';
import { createSource, deleteSource, updateSource } from '../workspace/sources.ts';
import { issueWriteKey, nameWriteKey, revokeWriteKey } from '../workspace/write-keys.ts';
import { mustBeRight, withoutShown } from './checked-body.ts';
import type { HandlersOf } from './handlers.ts';
import { pageOf } from './page.ts';

export interface SourceRouteParts {
  readonly workspace: WorkspaceStore;
  /** Resolves when deliveries go by what was changed last. */
  readonly applied: () => Promise<void>;
  readonly foresee: Foresee;
  readonly makeWriteKey: WriteKeyMaker;
  /** Whether a text lets its holder in as an operator. */
  readonly isApiToken: (text: string) => boolean;
  readonly ambient: Ambient;
}

/** Sources and their write keys. */
export function sourceHandlers(parts: SourceRouteParts): HandlersOf<typeof sourceOperations> {
  return { ...ofSources(parts), ...ofWriteKeys(parts) };
}

type Of<Id extends keyof typeof sourceOperations> = Pick<HandlersOf<typeof sourceOperations>, Id>;

function ofSources({
  workspace,
  applied,
  foresee,
  makeWriteKey,
  isApiToken,
  ambient,
}: SourceRouteParts): Of<'listSources' | 'createSource' | 'getSource' | 'updateSource' | 'deleteSource'> {
  return {
    listSources: ({ query }) => {
      const { data, next } = pageOf(workspace.current().sources, query);
      return { data: data.map(shown), next };
    },
    createSource: async ({ body }, { actor }) => {
      const make = (id: string): Source =>
        mustBeRight(checkedNewSource(body, { id, writeKey: makeWriteKey(), isApiToken }));
      return shown(await createSource(workspace, { make, by: actor.name }, ambient));
    },
    getSource: ({ params: { id } }) => shown(sourceIn(workspace.current(), id)),
    updateSource: async ({ params: { id }, body }, { actor }) => {
      const patch = withoutShown(body, ['origin']);
      const change = (current: Source): Source =>
        withNamesKept(mustBeRight(checkedSource(patch, { current, isApiToken })), current);
      return shown(await updateSource(workspace, { id, change, by: actor.name }, ambient));
    },
    deleteSource: async ({ params: { id }, query: { dryRun } }, { actor }) => {
      const toll = await foresee.source(id);
      await deleteSource(workspace, { id, by: actor.name, dryRun }, ambient);
      await applied();
      return { dryRun, ...toll };
    },
  };
}

function ofWriteKeys({
  workspace,
  makeWriteKey,
  isApiToken,
  ambient,
}: SourceRouteParts): Of<'listWriteKeys' | 'issueWriteKey' | 'nameWriteKey' | 'revokeWriteKey'> {
  return {
    listWriteKeys: ({ params: { id } }) => {
      const source = sourceIn(workspace.current(), id);
      return { data: source.writeKeys.map((key) => shownKey(source, key)), next: null };
    },
    issueWriteKey: async ({ params: { id }, body: { key = makeWriteKey(), name = null } }, { actor }) => {
      const problems = isApiToken(key) ? [{ path: 'key', message: 'is an API token; choose another' }] : [];
      mustBeRight(problems.length === 0 ? { value: key } : { problems });
      return shownKey(await issueWriteKey(workspace, { source: id, key, name, by: actor.name }, ambient), key);
    },
    nameWriteKey: async ({ params: { id, key }, body: { name } }, { actor }) =>
      shownKey(await nameWriteKey(workspace, { source: id, key, name, by: actor.name }, ambient), key),
    revokeWriteKey: async ({ params: { id, key } }, { actor }) => {
      await revokeWriteKey(workspace, { source: id, key, by: actor.name }, ambient);
      return null;
    },
  };
}

/** Who sends back the keys that were shown takes no name from them: that is done at the key itself. */
function withNamesKept(changed: Source, { keyNames }: Source): Source {
  const kept = Object.entries(keyNames).filter(([key]) => changed.writeKeys.includes(key));
  return { ...changed, keyNames: { ...Object.fromEntries(kept), ...changed.keyNames } };
}

function shown({ id, name, enabled, writeKeys, kind, connectionMode, origin }: Source): ShownSource {
  return { id, name, enabled, writeKeys, kind, connectionMode, origin };
}

function shownKey({ keyNames }: Source, key: string): { readonly key: string; readonly name: string | null } {
  return { key, name: Object.hasOwn(keyNames, key) ? (keyNames[key] ?? null) : null };
}
