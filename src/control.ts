import { makeWriteKey } from './adapters/system/write-key.ts';
import type { Config } from './config/schema.ts';
import type { DeliveryThread } from './delivery-link.ts';
import type { Following } from './follow-workspace.ts';
import type { HistoryThread } from './history-link.ts';
import type { HttpServerOptions } from './http/server.ts';
import { within } from './lib/within.ts';
import { ANSWER_MS } from './monitoring.ts';
import { makeForesee } from './pipeline/foresee-deletion.ts';
import type { Replays } from './pipeline/replays.ts';
import type { Ambient } from './ports/ambient.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

export interface ControlParts {
  readonly workspace: WorkspaceStore;
  readonly following: Pick<Following, 'applied'>;
  readonly replays: Pick<Replays, 'list'>;
  readonly delivery: Pick<DeliveryThread, 'status'>;
  readonly history: Pick<HistoryThread, 'dead'>;
  readonly network: Config['network'];
  readonly retention: Config['retention'];
  readonly isApiToken: (text: string) => boolean;
  readonly ambient: Ambient;
}

/** Dead deliveries that are looked at before a deletion is told as taking "at least" so many along: some 10 ms. */
const DEAD_ROWS_MAX = 10_000;

/** What operators change by the management API, and how it takes effect. */
export function controlOf({
  workspace,
  following,
  replays,
  delivery,
  history,
  network,
  retention,
  isApiToken,
  ambient,
}: ControlParts): Pick<
  HttpServerOptions,
  'workspace' | 'applied' | 'foresee' | 'makeWriteKey' | 'isApiToken' | 'surroundings'
> {
  const foresee = makeForesee({
    ...{ workspace, replays },
    status: async (destination) => within(ANSWER_MS, delivery.status(destination), ambient),
    dead: async (destination) => within(ANSWER_MS, history.dead(destination, DEAD_ROWS_MAX), ambient),
  });
  const { allow, deny } = network;
  const surroundings = { network: { allow, deny }, logAgeMs: retention.log.ageMs };
  return { ...{ workspace, applied: following.applied }, foresee, makeWriteKey, isApiToken, surroundings };
}
