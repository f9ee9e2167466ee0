import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';

/** A workspace store in which somebody else is faster: `first` happens just before the next commit, once. */
export function racingOnce(store: WorkspaceStore, first: () => Promise<unknown>): WorkspaceStore {
  return racing(store, first, 1);
}

/** The same before each of so many commits. */
export function racing(store: WorkspaceStore, first: () => Promise<unknown>, times: number): WorkspaceStore {
  let left = times;
  return {
    current: () => store.current(),
    commit: async (...asked) => {
      if (left-- > 0) await first();
      return store.commit(...asked);
    },
    watch: (onChange) => store.watch(onChange),
    refresh: async () => store.refresh(),
    close: async () => store.close(),
  };
}
