import type { Destination } from '../../src/domain/destination.ts';
import type { Position } from '../../src/domain/event.ts';
import { lanesOf, replayLaneId, replayLanesOf } from '../../src/domain/lane-plan.ts';
import type { ReplaySlice } from '../../src/domain/replay.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import type { Dice } from './dice.ts';
import { STEADY } from './operator.ts';

/** Unfinished replays at once. */
const MAX = 3;

/** Who sends again, as `pipeline/replays` has it done: what is to be replayed outlives every process. */
export class Replayer {
  /** Those that were not cancelled, also when they are through. */
  slices: readonly ReplaySlice[] = [];
  readonly #workspace: WorkspaceStore;
  readonly #dice: Dice;
  readonly #end: () => Position;
  #begun = 0;

  constructor(workspace: WorkspaceStore, dice: Dice, end: () => Position) {
    this.#workspace = workspace;
    this.#dice = dice;
    this.#end = end;
    workspace.watch(({ destinations }) => {
      this.#dropGone(destinations);
    });
  }

  /** Begins one, or has one pause, go on or end. Afterwards the lanes are to be told. */
  act(): void {
    const dice = this.#dice;
    const [index, slice] = [dice.upTo(MAX - 1), this.slices[dice.upTo(MAX - 1)]];
    if (this.slices.length < MAX && (slice === undefined || dice.onceIn(2))) this.#begin();
    else if (slice !== undefined && dice.onceIn(3)) this.slices = this.slices.filter((each) => each !== slice);
    else this.slices = this.slices.map((each, at) => (at === index ? { ...each, isPaused: !each.isPaused } : each));
  }

  allGoOn(): void {
    this.slices = this.slices.map((slice) => ({ ...slice, isPaused: false }));
  }

  #begin(): void {
    const dice = this.#dice;
    const enabled = this.#workspace.current().destinations.filter((each) => each.enabled && each.id !== STEADY);
    const destination = enabled[dice.upTo(3)];
    const upTo = this.#end();
    if (destination === undefined || upTo === 0) return;
    this.#begun += 1;
    const id = `rpl_${this.#begun}`;
    const every = Array.from({ length: upTo }, (_, index) => index + 1);
    const slice: ReplaySlice = {
      ...{ id, destination: destination.id, sources: destination.sources, upTo, query: {}, isPaused: false },
      after: dice.onceIn(2) ? 0 : dice.upTo(upTo),
      ratePerSecond: dice.onceIn(3) ? dice.oneOf([2, 50]) : null,
      positions: dice.onceIn(3) ? Float64Array.from(every.filter(() => dice.onceIn(3))) : null,
      lanes: lanesOf(destination).map((plan) => replayLaneId(plan.id, id)),
    };
    this.slices = [...this.slices, slice];
  }

  /** Their lanes are dropped, and they with them. */
  #dropGone(destinations: readonly Destination[]): void {
    this.slices = this.slices.filter((slice) =>
      destinations.some(
        (each) => each.enabled && replayLanesOf(each, slice).length > 0 && each.id === slice.destination,
      ),
    );
  }
}
