import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import type { DeliveryThread } from './delivery-link.ts';
import type { Replays } from './pipeline/replays.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface FollowParts {
  readonly workspace: Pick<WorkspaceStore, 'current' | 'watch'>;
  readonly log: Pick<SqliteEventLog, 'extent'>;
  readonly replays: Replays;
  readonly delivery: Pick<DeliveryThread, 'update' | 'replayStanding'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

export interface Following {
  /**
   * Resolves when the lanes are those of the newest workspace, as the delivery store has them: from then on a new or
   * re-enabled destination misses nothing that is accepted, whatever becomes of this process. What changed first has to
   * end its attempts in flight, and what is changed meanwhile waits for that: at most as long as the longest timeout.
   */
  readonly applied: () => Promise<void>;
}

/** Has the lanes follow each change of the workspace and of replays. */
export function followWorkspace({ workspace, log, replays, delivery, onFailure }: FollowParts): Following {
  let told = Promise.resolve();
  let updated: Promise<unknown> = Promise.resolve();
  const tell = async (before: Promise<void>): Promise<void> => {
    // Both as of now: a destination must not begin where a later version of the workspace came to be.
    const asked = { destinations: workspace.current().destinations, replays: replays.slices };
    const { end: newFrom } = await log.extent();
    await before;
    updated = delivery.update({ ...asked, newFrom });
    updated.catch(onFailure);
  };
  const update = async (): Promise<void> => {
    told = tell(told);
    told.catch(onFailure);
    await told;
    await updated;
  };
  workspace.watch(() => {
    // What fails is told where it does.
    update().catch(() => undefined);
  });
  replays.begin({ apply: update, standing: async (...asked) => delivery.replayStanding(...asked) });
  return {
    applied: async () => {
      await told;
      await updated;
    },
  };
}
