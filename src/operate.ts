/** What operators can have done to destinations, and what they are told before they delete: put together for `compose.ts`. */
import type { DeliveryThread } from './delivery-link.ts';
import type { HistoryThread } from './history-link.ts';
import type { HttpServerOptions } from './http/server.ts';
import { within } from './lib/within.ts';
import { ANSWER_MS } from './monitoring.ts';
import { standingOf } from './pipeline/destination-standing.ts';
import { type Foresee, makeForesee } from './pipeline/foresee-deletion.ts';
import { makeOperate } from './pipeline/operate.ts';
import type { Replays } from './pipeline/replays.ts';
import type { Ambient } from './ports/ambient.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface OperateParts {
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly delivery: Pick<DeliveryThread, 'test' | 'pause' | 'resume' | 'status'>;
  readonly history: Pick<HistoryThread, 'dead'>;
  readonly replays: Pick<Replays, 'list'>;
  readonly ambient: Ambient;
}

/** Ended deliveries of one lane at which it is looked for dead ones: a fifth of a second of the history thread's. */
const DEAD_ROWS_MAX = 200_000;

export function operateOf({
  workspace,
  delivery,
  history,
  replays,
  ambient,
}: OperateParts): Pick<HttpServerOptions, 'operate' | 'endpointsOf' | 'recordAction'> & { readonly foresee: Foresee } {
  const status: Parameters<typeof makeForesee>[0]['status'] = async (destination) =>
    within(ANSWER_MS, delivery.status(destination), ambient);
  return {
    operate: makeOperate({ workspace, delivery, ambient }),
    endpointsOf: async (id) => {
      const destination = workspace.current().destinations.find((each) => each.id === id);
      return destination === undefined ? [] : standingOf(destination, await status(id)).endpoints;
    },
    // Until there is an audit trail, nobody is told.
    recordAction: async () => Promise.resolve(),
    foresee: makeForesee({
      ...{ workspace, replays, status },
      dead: async (destination) => within(ANSWER_MS, history.dead(destination, DEAD_ROWS_MAX), ambient),
    }),
  };
}
