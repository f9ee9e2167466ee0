import type { DeliveryThread } from './delivery-link.ts';
import type { HistoryThread } from './history-link.ts';
import type { HttpServerOptions } from './http/server.ts';
import { shared } from './lib/shared.ts';
import { within } from './lib/within.ts';
import { ANSWER_MS } from './monitoring.ts';
import type { LaneStatus } from './pipeline/lane-status.ts';
import { fatesOf } from './pipeline/trace-event.ts';
import type { Ambient } from './ports/ambient.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface PastParts {
  /** Of the log. */
  readonly epoch: number;
  readonly history: HistoryThread;
  readonly delivery: Pick<DeliveryThread, 'retryDead' | 'status'>;
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly ambient: Ambient;
}

/** What the management API shows of events and deliveries, and may do with them. */
export function pastOf({
  epoch,
  history,
  delivery,
  workspace,
  ambient,
}: PastParts): Pick<HttpServerOptions, 'events' | 'deliveries' | 'stats'> {
  // Who looks at the past is answered also while the delivery thread is busy, without how it stands.
  const status = shared(async (): Promise<readonly LaneStatus[] | null> =>
    within(ANSWER_MS, delivery.status(), ambient),
  );
  return {
    events: {
      epoch,
      find: async (...asked) => history.find(...asked),
      get: async (position) => history.get(position),
      trace: async (event) =>
        fatesOf(event, await history.deliveriesOf(event.position), workspace.current().destinations, await status()),
    },
    deliveries: {
      epoch,
      find: async (...asked) => history.findDeliveries(...asked),
      get: async (key) => history.getDelivery(key),
      retryDead: async (asked) => delivery.retryDead(asked),
      destinations: () => workspace.current().destinations,
    },
    stats: { counts: async (ask) => history.counts(ask), status },
  };
}
