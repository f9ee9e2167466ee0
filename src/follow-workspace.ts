import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import type { DeliveryThread } from './delivery-link.ts';
import { SluiceError } from './domain/errors.ts';
import type { Replays } from './pipeline/replays.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface FollowParts {
  readonly workspace: Pick<WorkspaceStore, 'current' | 'watch'>;
  readonly log: Pick<SqliteEventLog, 'extent'>;
  readonly replays: Replays;
  readonly delivery: Pick<DeliveryThread, 'begin' | 'finish' | 'replayStanding'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

export interface Following {
  /**
   * Resolves when deliveries go by the newest workspace: no attempt begins by older settings any more, and a new or
   * re-enabled destination misses nothing that is accepted from now on, whatever becomes of this process. It waits for
   * no attempt in flight, but of a destination that was disabled just before it was enabled again. Rejects
   * `shutting_down` where that cannot be said any more: what is accepted until the next start may pass a new one by.
   */
  readonly applied: () => Promise<void>;
}

/** Has the lanes follow each change of the workspace and of replays. */
export function followWorkspace({ workspace, log, replays, delivery, onFailure }: FollowParts): Following {
  let told = Promise.resolve();
  /** Of the newest change, all of it: whether it came to its end. */
  let finished = Promise.resolve(true);
  /** Of each change, what a crash must not come before. */
  let safe = Promise.resolve(true);
  const tell = async (before: Promise<void>): Promise<void> => {
    // Both as of now: a destination must not begin where a later version of the workspace came to be.
    const asked = { destinations: workspace.current().destinations, replays: replays.slices };
    const wanted = { ...asked, newFrom: (await log.extent()).end };
    await before;
    const isSafe = await delivery.begin(wanted);
    finished = delivery.finish(wanted);
    finished.catch(onFailure);
    if (!isSafe) safe = finished;
  };
  const update = async (): Promise<void> => {
    told = tell(told);
    told.catch(onFailure);
    await told;
    await finished;
  };
  workspace.watch(() => {
    // What fails is told where it does.
    update().catch(() => undefined);
  });
  replays.begin({ apply: update, standing: async (...asked) => delivery.replayStanding(...asked) });
  return {
    applied: async () => {
      await told;
      if (!(await safe)) throw new SluiceError('shutting_down');
    },
  };
}
