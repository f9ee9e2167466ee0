import { makeWriteKey } from './adapters/system/write-key.ts';
import type { Config } from './config/schema.ts';
import type { DeliveryThread } from './delivery-link.ts';
import type { Following } from './follow-workspace.ts';
import type { HistoryThread } from './history-link.ts';
import type { HttpServerOptions } from './http/server.ts';
import { within } from './lib/within.ts';
import { ANSWER_MS } from './monitoring.ts';
import { makeForesee } from './pipeline/foresee-deletion.ts';
import { makeOperate } from './pipeline/operate.ts';
import type { Replays } from './pipeline/replays.ts';
import type { Ambient } from './ports/ambient.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface ControlParts {
  readonly workspace: WorkspaceStore;
  /** See `Following`. */
  readonly applied: Following['applied'];
  readonly replays: Pick<Replays, 'list'>;
  readonly delivery: Pick<DeliveryThread, 'test' | 'pause' | 'resume' | 'status'>;
  readonly history: Pick<HistoryThread, 'dead'>;
  readonly network: Config['network'];
  readonly retention: Config['retention'];
  readonly isApiToken: (text: string) => boolean;
  readonly ambient: Ambient;
}

/** Ended deliveries of one lane at which it is looked for dead ones: a fifth of a second of the history thread's. */
const DEAD_ROWS_MAX = 200_000;

/** What operators change by the management API, and how it takes effect. */
export function controlOf({
  workspace,
  applied,
  replays,
  delivery,
  history,
  network,
  retention,
  isApiToken,
  ambient,
}: ControlParts): Pick<
  HttpServerOptions,
  'workspace' | 'applied' | 'statusOf' | 'foresee' | 'operate' | 'makeWriteKey' | 'isApiToken' | 'surroundings'
> {
  const statusOf = async (destination?: string) => within(ANSWER_MS, delivery.status(destination), ambient);
  const foresee = makeForesee({
    ...{ workspace, replays, status: statusOf },
    dead: async (destination) => within(ANSWER_MS, history.dead(destination, DEAD_ROWS_MAX), ambient),
  });
  const { allow, deny } = network;
  const surroundings = { network: { allow, deny }, logAgeMs: retention.log.ageMs };
  const operate = makeOperate({ workspace, delivery, ambient });
  return { workspace, applied, statusOf, foresee, operate, makeWriteKey, isApiToken, surroundings };
}
