import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import type { DeliveryThread } from './delivery-link.ts';
import { within } from './lib/within.ts';
import type { Replays } from './pipeline/replays.ts';
import type { Ambient } from './ports/ambient.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface FollowParts {
  readonly workspace: Pick<WorkspaceStore, 'current' | 'watch'>;
  readonly log: Pick<SqliteEventLog, 'extent'>;
  readonly replays: Replays;
  readonly delivery: Pick<DeliveryThread, 'update' | 'replayStanding'>;
  readonly ambient: Pick<Ambient, 'after'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

export interface Following {
  /** Resolves when the lanes are those of the newest workspace: what changed may first have to end its attempts. */
  readonly updated: () => Promise<unknown>;
  /**
   * The same for whoever changed something and waits for the answer: after five seconds it resolves all the same. By then
   * it is settled from where in the log new and re-enabled destinations begin, so that they miss nothing that is
   * accepted from now on; what was removed or changed is sent no new events, and only its attempts in flight go on.
   */
  readonly applied: () => Promise<void>;
}

const ANSWERED_WITHIN_MS = 5_000;

/** Has the lanes follow each change of the workspace and of replays. */
export function followWorkspace({ workspace, log, replays, delivery, ambient, onFailure }: FollowParts): Following {
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
  const whole = async (): Promise<void> => {
    await told;
    await updated;
  };
  return {
    updated: whole,
    applied: async () => {
      await told;
      await within(ANSWERED_WITHIN_MS, whole(), ambient);
    },
  };
}
