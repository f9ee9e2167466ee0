import type { LaneId } from '../domain/delivery.ts';
import type { Position } from '../domain/event.ts';
import { isResting, isSamePlan, type LanePlan } from '../domain/lane-plan.ts';
import type { Lane } from './lane.ts';

export interface RunningLane {
  readonly lane: Lane;
  readonly plan: LanePlan;
}

const NONE: readonly Lane[] = [];

/** The lanes that are open, by what events and changes find them by. */
export class RunningLanes implements Iterable<RunningLane> {
  readonly #byId = new Map<LaneId, RunningLane>();
  /** Those that carry what comes. */
  #bySource = new Map<string, Lane[]>();
  /** Sources with a lane at the tail; null when that has to be looked at again. */
  #liveSources: ReadonlySet<string> | null = null;

  [Symbol.iterator](): Iterator<RunningLane> {
    return this.#byId.values();
  }

  has(id: LaneId): boolean {
    return this.#byId.has(id);
  }

  get(id: LaneId): RunningLane | undefined {
    return this.#byId.get(id);
  }

  /** Of a destination, replays' included. */
  of(destination: string): readonly RunningLane[] {
    return [...this].filter(({ plan }) => plan.destination.id === destination);
  }

  /** Those that these plans would have otherwise, or not at all. */
  unlike(wanted: ReadonlyMap<LaneId, LanePlan>): readonly RunningLane[] {
    return [...this].filter(({ plan }) => {
      const current = wanted.get(plan.id);
      return current === undefined || isResting(current) || !isSamePlan(current, plan);
    });
  }

  /** Those that keep the order of users, know the ids of these and would write them down anew. */
  knowing(positions: readonly Position[], oldestParked: ReadonlyMap<LaneId, Position>): readonly RunningLane[] {
    const newest = Math.max(...positions);
    return [...this].filter(({ lane, plan }) => {
      const oldest = Math.min(lane.settledFloor + 1, oldestParked.get(lane.id) ?? Infinity);
      return plan.destination.delivery.order === 'user' && newest >= oldest;
    });
  }

  ofSource(source: string): readonly Lane[] {
    return this.#bySource.get(source) ?? NONE;
  }

  /** What is not wanted at the tail is read by lanes that are behind, and need not be read twice. */
  liveSources(): ReadonlySet<string> {
    if (this.#liveSources === null) {
      const live = [...this].filter(({ lane, plan }) => lane.isLive && plan.replay === null);
      this.#liveSources = new Set(live.flatMap(({ plan }) => plan.destination.sources));
    }
    return this.#liveSources;
  }

  /** A lane has come to the tail, or fallen behind. */
  liveChanged(): void {
    this.#liveSources = null;
  }

  add(running: RunningLane): void {
    this.#byId.set(running.plan.id, running);
    this.#routeAnew();
  }

  remove(id: LaneId): void {
    this.#byId.delete(id);
    this.#routeAnew();
  }

  #routeAnew(): void {
    this.#liveSources = null;
    this.#bySource = new Map();
    for (const { lane, plan } of this) {
      if (plan.replay !== null) continue;
      for (const source of plan.destination.sources) {
        const lanes = this.#bySource.get(source);
        if (lanes === undefined) this.#bySource.set(source, [lane]);
        else lanes.push(lane);
      }
    }
  }
}
