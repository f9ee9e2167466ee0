import type { LaneId } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';
import { destinationIdOf, isOfOneEndpoint, type LanePlan, replayIdOf } from '../domain/lane-plan.ts';

/**
 * Which of these lanes the store is to have before a crash may come, so that they begin where they should.
 *
 * @param plans of lanes that carry what comes
 * @param before the lanes of the change before: whichever else the store has is about to go
 * @param stored lanes that the store has
 */
export function unheldOf(
  plans: readonly LanePlan[],
  before: ReadonlyMap<LaneId, LanePlan>,
  stored: ReadonlyMap<LaneId, Position>,
): { readonly isSafe: boolean; readonly unheld: readonly LanePlan[] } {
  const carrying = [...stored.keys()].filter((lane) => replayIdOf(lane) === null);
  const byDestination = Map.groupBy(carrying, destinationIdOf);
  const unheld: LanePlan[] = [];
  let isSafe = true;
  for (const plan of plans) {
    const lanes = byDestination.get(plan.destination.id) ?? [];
    const areToStay = (stored.has(plan.id) ? [plan.id] : lanes).every((lane) => before.has(lane));
    // What its lanes owe goes over to it when the change finishes, or at the next start.
    const takesOver = lanes.some((lane) => isOfOneEndpoint(lane) !== isOfOneEndpoint(plan.id));
    if (!areToStay) isSafe = false;
    else if (!stored.has(plan.id) && !takesOver) unheld.push(plan);
  }
  return { isSafe, unheld };
}

/**
 * Floors of lanes that a change has closed and one behind it will open, or what was theirs: nobody runs them, and they
 * are owed what is above.
 *
 * @param plans of the lanes that there are to be
 * @param stored lanes that the store has
 */
export function unopenedFloors(
  plans: readonly LanePlan[],
  stored: ReadonlyMap<LaneId, Position>,
  running: { has(lane: LaneId): boolean },
): readonly Position[] {
  const awaited = plans.filter(({ id, replay }) => replay === null && !running.has(id));
  if (awaited.length === 0) return [];
  const destinations = new Set(awaited.map(({ destination }) => destination.id));
  return [...stored]
    .filter(([lane]) => replayIdOf(lane) === null && !running.has(lane) && destinations.has(destinationIdOf(lane)))
    .map(([, floor]) => floor);
}
