import { destinationIdOf, isOfOneEndpoint, type LanePlan, replayIdOf } from '../domain/lane-plan.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';

/**
 * Gives what destinations are owed to the lanes that they have now, where `success` was changed between `any` and
 * `every` and the store still has the lanes of before. Those must not run any more. Replays end by it.
 *
 * One transaction per destination: the process may die before or after it, and is at one with the store either way.
 */
export async function handOverChanged(
  store: Pick<DeliveryStore, 'floors' | 'handOver'>,
  plans: readonly LanePlan[],
  nowMs: number,
): Promise<void> {
  const carrying = plans.filter(({ replay }) => replay === null);
  if (carrying.length === 0) return;
  const lanes = [...(await store.floors()).keys()].filter((lane) => replayIdOf(lane) === null);
  const stored = Map.groupBy(lanes, destinationIdOf);
  for (const [destination, wanted] of Map.groupBy(carrying, (plan) => plan.destination.id)) {
    const to = wanted.map(({ id }) => id);
    const isOfOne = to.some(isOfOneEndpoint);
    const from = (stored.get(destination) ?? []).filter((lane) => isOfOneEndpoint(lane) !== isOfOne);
    if (from.length > 0) await store.handOver(from, to, 'success_changed', nowMs);
  }
}
