import type { LaneId } from '../domain/delivery.ts';
import { destinationIdOf, type LanePlan, replayIdOf } from '../domain/lane-plan.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';

/** Drops lanes that there ought not to be any more, also those that were there at an earlier start. */
export async function dropGone({
  store,
  plans,
  isKept,
  nowMs,
  isStopping,
}: {
  readonly store: DeliveryStore;
  readonly plans: readonly LanePlan[];
  /** Whether a lane that is in none of these is to stay. */
  readonly isKept: (lane: LaneId) => boolean;
  readonly nowMs: number;
  readonly isStopping: () => boolean;
}): Promise<void> {
  const wanted = new Set(plans.map(({ id }) => id));
  const kept = new Set(plans.map(({ destination }) => destination.id));
  for (const lane of (await store.floors()).keys()) {
    if (wanted.has(lane) || isKept(lane) || isStopping()) continue;
    const reason = replayIdOf(lane) === null ? 'endpoint_removed' : 'replay_cancelled';
    await store.drop(lane, kept.has(destinationIdOf(lane)) ? reason : 'destination_gone', nowMs);
  }
}

/**
 * Forgets pauses of endpoints that there are no more: should they be there again, they begin anew.
 *
 * @param plans those there are, and those of every newer change: an endpoint that one adds again may be paused already
 */
export async function forgetPauses(store: DeliveryStore, plans: readonly LanePlan[]): Promise<void> {
  const kept = new Set(
    plans.flatMap(({ destination: { id, endpoints } }) => endpoints.map(({ url }) => `${id} ${url}`)),
  );
  const gone = (await store.paused()).filter(({ destination, url }) => !kept.has(`${destination} ${url}`));
  if (gone.length > 0) await store.resume(gone);
}
