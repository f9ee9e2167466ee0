import type { LaneId } from './delivery.ts';
import type { Destination } from './destination.ts';
import type { ReplayId, ReplaySlice } from './replay.ts';

/** A lane as its destination wants it. */
export interface LanePlan {
  readonly id: LaneId;
  /** With the lane's own endpoints alone. */
  readonly destination: Destination;
  /** What concerns the destination as a whole is told by this one of its lanes. */
  readonly speaks: boolean;
  /** What it sends again; null for a lane that carries what comes. */
  readonly replay: ReplaySlice | null;
}

/**
 * The lanes of a destination. With `success: any` one, in which an event is sent to all endpoints and leaves with the
 * first success; with `every` one for each endpoint, so that what an endpoint is owed is a delivery of its own, and
 * partial states do not exist.
 */
export function lanesOf(destination: Destination): readonly LanePlan[] {
  if (destination.delivery.success === 'any') return [{ id: destination.id, destination, speaks: true, replay: null }];
  return destination.endpoints.map((endpoint, index) => ({
    id: `${destination.id}/${endpointKeyOf(endpoint.url)}`,
    destination: { ...destination, endpoints: [endpoint] },
    speaks: index === 0,
    replay: null,
  }));
}

/**
 * The lanes of a replay: one beside each lane of its destination that was there when the replay began. For endpoints
 * that came since, it is not meant; and should the destination's lanes have become others, it has none any more.
 */
export function replayLanesOf(destination: Destination, replay: ReplaySlice): readonly LanePlan[] {
  const begun = new Set(replay.lanes);
  return lanesOf(destination)
    .map((plan) => ({ ...plan, id: replayLaneId(plan.id, replay.id), speaks: false, replay }))
    .filter(({ id }) => begun.has(id));
}

export function replayLaneId(beside: LaneId, replay: ReplayId): LaneId {
  return `${beside}@${replay}`;
}

/** Whether two plans deliver in the same way, so that a lane need not start again. */
export function isSamePlan(one: LanePlan, other: LanePlan): boolean {
  return textOf(one) === textOf(other);
}

/** Of a replay, what may change. */
function textOf({ replay, ...plan }: LanePlan): string {
  return JSON.stringify({ ...plan, replay: replay === null ? null : [replay.id, replay.isPaused] });
}

/** The lane keeps what it owes, and does nothing. */
export function isResting({ replay }: LanePlan): boolean {
  return replay?.isPaused === true;
}

/** Whose lane it is. Ids of destinations have neither a slash nor an at sign. */
export function destinationIdOf(lane: LaneId): string {
  return lane.split(/[/@]/, 1)[0] ?? lane;
}

/** The lanes that there ought to be. */
export function plansOf(destinations: readonly Destination[], replays: readonly ReplaySlice[]): readonly LanePlan[] {
  const byDestination = Map.groupBy(replays, ({ destination }) => destination);
  return destinations
    .filter(({ enabled }) => enabled)
    .flatMap((each) => [
      ...lanesOf(each),
      ...(byDestination.get(each.id) ?? []).flatMap((replay) => replayLanesOf(each, replay)),
    ]);
}

/** The lane beside which a replay's lane is; itself, of one that carries what comes. */
export function besideOf(lane: LaneId): LaneId {
  return lane.split('@', 1)[0] ?? lane;
}

/** Which replay's lane it is; null for one that carries what comes. */
export function replayIdOf(lane: LaneId): ReplayId | null {
  return lane.split('@', 2)[1] ?? null;
}

/** Whether it carries the deliveries of one endpoint, or of its whole destination. */
export function isOfOneEndpoint(lane: LaneId): boolean {
  return lane.includes('/');
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/**
 * What an endpoint is known by in the id of its lane: 13 characters, made of its URL alone, so that a changed header or
 * secret keeps the lane, and however long the URL, its id is short. Two spellings of one URL have one key.
 *
 * FNV-1a in 64 bits: it only has to tell five URLs apart, chosen by one operator, and nothing in here may import the
 * platform's. These keys are on disk and never change.
 */
export function endpointKeyOf(url: string): string {
  const text = URL.parse(url)?.href ?? url;
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * FNV_PRIME);
  }
  return hash.toString(36).padStart(13, '0');
}
