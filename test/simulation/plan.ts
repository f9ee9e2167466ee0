import type { Dice } from './dice.ts';

/**
 * What can happen in one seed. Each seed leaves most of it out, so that what only a few kinds of trouble bring about
 * together is met as often as what many do, and promises that hold only without crashes are checked as well.
 */
export interface Plan {
  readonly steps: number;
  readonly hasCrashes: boolean;
  readonly hasPowerCuts: boolean;
  readonly hasStops: boolean;
  readonly hasClockJumps: boolean;
  /** Destinations are added, changed, disabled, enabled and removed. */
  readonly hasOperator: boolean;
  /** Endpoints are paused and resumed by hand. */
  readonly hasPauses: boolean;
  /** Slices of the log are sent again. */
  readonly hasReplays: boolean;
  /** The log refuses, or stores a part and then refuses. */
  readonly logFails: boolean;
  readonly storeGetsFull: boolean;
  /** The log, or the store, answers late. */
  readonly logIsSlow: boolean;
  readonly storeIsSlow: boolean;
  /** The log is pruned by size while lanes still wait for events. */
  readonly hasPruning: boolean;
  /** More events at once than a lane keeps ready. */
  readonly hasBursts: boolean;
  /** More events at once than a lane's window takes. */
  readonly hasFlood: boolean;
}

export function planOf(dice: Dice): Plan {
  const hasCrashes = dice.onceIn(3);
  return {
    steps: 20 + dice.upTo(20),
    hasCrashes,
    hasPowerCuts: hasCrashes && dice.onceIn(2),
    hasStops: dice.onceIn(2),
    hasClockJumps: dice.onceIn(5),
    hasOperator: dice.onceIn(3),
    logFails: dice.onceIn(3),
    storeGetsFull: dice.onceIn(5),
    logIsSlow: dice.onceIn(3),
    storeIsSlow: dice.onceIn(3),
    hasPruning: dice.onceIn(6),
    hasBursts: dice.onceIn(60),
    hasFlood: dice.onceIn(1_000),
    hasReplays: dice.onceIn(3),
    hasPauses: dice.onceIn(3),
  };
}
